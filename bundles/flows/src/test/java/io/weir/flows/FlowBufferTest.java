package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.flows.abi.Abi;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class FlowBufferTest {
  private final StarWars world = new StarWars();

  @Test
  void should_keep_the_last_ones_and_say_how_many_a_slow_stream_missed() throws Exception {
    FlowBuffer buffer = new FlowBuffer(3, world.clock);
    long position = buffer.all().position();
    add(buffer, 0, 5);
    assertThat(numbers(buffer.all())).containsExactly(2L, 3L, 4L);
    FlowBuffer.Part part = buffer.await(position, 1);
    assertThat(part.missed()).isEqualTo(2);
    assertThat(numbers(part)).containsExactly(2L, 3L, 4L);
    assertThat(buffer.await(part.position(), 1).seen()).isEmpty();
  }

  @Test
  void should_keep_the_newest_when_resized() throws Exception {
    FlowBuffer buffer = new FlowBuffer(4, world.clock);
    add(buffer, 0, 6);
    buffer.resize(2);
    assertThat(numbers(buffer.all())).containsExactly(4L, 5L);
    buffer.resize(8);
    add(buffer, 6, 6);
    assertThat(numbers(buffer.all())).containsExactly(4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
    assertThat(numbers(buffer.await(6, 1))).hasSize(6).startsWith(6L);
  }

  @Test
  void should_end_streams_when_closed() throws Exception {
    FlowBuffer buffer = new FlowBuffer(2, world.clock);
    buffer.close();
    assertThat(buffer.await(0, 600_000).ended()).isTrue();
  }

  @Test
  void should_tell_what_was_lost_between_two_readers() {
    LossWatch first = new LossWatch(OptionalLong.empty());
    assertThat(first.more(10)).as("before there was a reader").isZero();
    assertThat(first.more(12)).isEqualTo(2);
    LossWatch second = LossWatch.decode(first.encode());
    assertThat(second.more(15)).isEqualTo(3);
    assertThat(second.more(4)).as("of a new map").isZero();
    assertThat(second.more(5)).isEqualTo(1);
  }

  @Test
  void should_show_what_was_kept() {
    FlowBuffer buffer = new FlowBuffer(2, world.clock);
    Events events =
        Events.xwing(Abi.EVENT_OPENED).rules(0, StarWars.RULE).service(StarWars.SERVICE);
    world.enricher.begin(world.now);
    RawEvent event = events.raw();
    world.enricher.enrich(event);
    buffer.begin();
    buffer.add(event);
    buffer.end();
    Seen.Lost lost = new Seen.Lost(StarWars.BOOT, Seen.Source.PERF_EVENT_RING_BUFFER, 1);
    buffer.add(lost);
    assertThat(buffer.all().seen()).hasSize(2).last().isEqualTo(lost);
    Flow flow = (Flow) buffer.all().seen().get(0);
    assertThat(flow.event()).isEqualTo(events.event());
    assertThat(flow.source()).isSameAs(event.source);
    assertThat(flow.destination()).isSameAs(event.destination);
    assertThat(flow.service().orElseThrow().name()).isEqualTo("deathstar");
    assertThat(flow.ingress().byRule()).isEqualTo("ingress[0]");
  }

  /** Flows that are told apart by the time of their events. */
  private static void add(FlowBuffer buffer, int from, int count) {
    RawEvent event = new RawEvent();
    buffer.begin();
    for (int i = 0; i < count; i++) {
      event.nanos = from + i;
      buffer.add(event);
    }
    buffer.end();
  }

  private static List<Long> numbers(FlowBuffer.Part part) {
    return part.seen().stream().map(seen -> ((Flow) seen).event().nanos()).toList();
  }
}
