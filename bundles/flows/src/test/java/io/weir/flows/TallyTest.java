package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TallyTest {
  @Test
  void should_go_on_counting_where_the_reader_before_has_stopped() {
    Tally first = new Tally();
    count(first, Event.Type.OPENED, 3);
    count(first, Event.Type.RESET, 2);
    first.missed(7);

    Tally second = Tally.decode(first.encode());
    count(second, Event.Type.OPENED, 1);

    assertThat(second.flows(Event.Type.OPENED)).isEqualTo(4);
    assertThat(second.flows(Event.Type.RESET)).isEqualTo(2);
    assertThat(second.flows(Event.Type.CLOSED)).isZero();
    assertThat(second.flows(Flow.Verdict.FORWARDED)).isEqualTo(6);
    assertThat(second.missed()).isEqualTo(7);
  }

  @Test
  void should_begin_anew_after_a_reader_that_counted_other_things() {
    assertThat(Tally.decode(new byte[24]).flows(Event.Type.OPENED)).isZero();
  }

  private static void count(Tally tally, Event.Type type, int times) {
    RawEvent event = new RawEvent();
    event.type = type;
    Tally.Batch batch = new Tally.Batch();
    for (int i = 0; i < times; i++) {
      batch.seen(event);
    }
    tally.add(batch);
  }
}
