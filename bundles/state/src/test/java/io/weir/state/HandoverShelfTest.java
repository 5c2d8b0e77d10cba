package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Descriptors;
import io.weir.api.Handover.Parcel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HandoverShelfTest {
  private static final byte[] STATE = {1, 2, 3};

  private final BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
  private final HandoverShelf shelf = shelf(Duration.ofMinutes(1));

  private final List<String> told = new ArrayList<>();

  private final Descriptors outside =
      new Descriptors() {
        @Override
        public void close(int descriptor) {
          closed.add(descriptor);
        }

        @Override
        public boolean store(String name, int descriptor) {
          told.add(name + "=" + descriptor);
          return true;
        }

        @Override
        public boolean store(String name, byte[] record) {
          told.add(name + "=" + Arrays.toString(record));
          return true;
        }

        @Override
        public void unstore(String name) {
          told.add("no " + name);
        }
      };

  private static HandoverShelf shelf(Duration kept) {
    return new HandoverShelf(kept, true, KeptNames.Inherited.NOTHING);
  }

  @AfterEach
  void stop() {
    shelf.stop();
  }

  @Test
  void should_give_what_was_parked_to_the_first_who_asks() {
    shelf.closer(outside);
    shelf.park("listener", List.of(7, 8), STATE);
    Parcel parcel = shelf.take("listener").orElseThrow();
    assertThat(parcel.descriptors()).containsExactly(7, 8);
    assertThat(parcel.state()).isEqualTo(STATE);
    assertThat(shelf.take("listener")).isEmpty();
    assertThat(closed).as("the taker owns them").isEmpty();
  }

  @Test
  void should_close_what_was_parked_before_under_the_same_name() {
    shelf.closer(outside);
    shelf.park("listener", List.of(7), STATE);
    shelf.park("listener", List.of(9), STATE);
    assertThat(closed).containsExactly(7);
  }

  @Test
  void should_close_what_nobody_takes() throws Exception {
    HandoverShelf hasty = shelf(Duration.ofMillis(1));
    hasty.closer(outside);
    hasty.park("listener", List.of(7), STATE);
    assertThat(closed.take()).isEqualTo(7);
    assertThat(hasty.take("listener")).isEmpty();
    hasty.stop();
  }

  @Test
  void should_close_later_when_nobody_is_there_who_can() {
    shelf.park("listener", List.of(7), STATE);
    shelf.park("listener", List.of(9), STATE);
    assertThat(closed).isEmpty();
    shelf.closer(outside);
    assertThat(closed).containsExactly(7);
  }

  @Test
  void should_close_what_is_left_when_the_service_ends() {
    shelf.closer(outside);
    shelf.park("listener", List.of(7), STATE);
    shelf.stop();
    assertThat(closed).containsExactly(7);
  }

  @Test
  void should_have_duplicates_kept_outside_until_they_are_forgotten() {
    shelf.closer(outside);
    assertThat(shelf.keep("a/listener", List.of(7, 8), STATE)).isTrue();
    assertThat(told)
        .containsExactly("a/listener.0=7", "a/listener.1=8", "a/listener.record=[2, 1, 2, 3]");
    told.clear();
    shelf.forget("a/listener");
    assertThat(told).containsExactly("no a/listener.record", "no a/listener.0", "no a/listener.1");
    assertThat(closed).as("they are the caller's").isEmpty();
  }

  @Test
  void should_keep_later_when_nobody_is_there_who_can() {
    shelf.keep("a", List.of(7), STATE);
    shelf.keep("b", List.of(8), STATE);
    shelf.forget("a");
    shelf.closer(outside);
    assertThat(told).containsExactly("b.0=8", "b.record=[1, 1, 2, 3]");
  }

  @Test
  void should_say_that_nobody_keeps_anything() {
    HandoverShelf alone =
        new HandoverShelf(Duration.ofMinutes(1), false, KeptNames.Inherited.NOTHING);
    alone.closer(outside);
    assertThat(alone.keep("a", List.of(7), STATE)).isFalse();
    assertThat(told).isEmpty();
    alone.stop();
  }

  @Test
  void should_give_what_the_process_before_had_kept_once() {
    HandoverShelf next = inherits(Duration.ofMinutes(1), "a.0:a.1:a.record:other");
    next.closer(outside);
    Parcel parcel = next.take("a").orElseThrow();
    assertThat(parcel.descriptors()).containsExactly(3, 4);
    assertThat(parcel.state()).isEqualTo(STATE);
    assertThat(next.take("a")).isEmpty();
    assertThat(closed).as("the record, which was read").containsExactly(5);
    assertThat(told).as("it stays kept").isEmpty();
    next.forget("a");
    assertThat(told).containsExactly("no a.record", "no a.0", "no a.1");
    next.stop();
  }

  @Test
  void should_close_and_forget_what_was_only_half_kept() {
    HandoverShelf next = inherits(Duration.ofMinutes(1), "a.0:a.record:b.0");
    next.closer(outside);
    assertThat(next.take("a")).as("the record says two").isEmpty();
    assertThat(next.take("b")).as("no record").isEmpty();
    assertThat(closed).containsExactlyInAnyOrder(3, 4, 5);
    assertThat(told).containsExactlyInAnyOrder("no a.0", "no a.record", "no b.0");
    next.stop();
  }

  @Test
  void should_forget_what_nobody_takes_after_a_start() throws Exception {
    HandoverShelf next = inherits(Duration.ofMillis(200), "a.0:a.1:a.record");
    next.closer(outside);
    assertThat(closed.take()).isEqualTo(5);
    assertThat(closed.take()).isEqualTo(3);
    assertThat(closed.take()).isEqualTo(4);
    next.stop(); // after the task that closes
    assertThat(told).containsExactly("no a.record", "no a.0", "no a.1");
  }

  @Test
  void should_leave_alone_what_was_meant_for_another_process() {
    Map<String, String> environment = Map.of("LISTEN_PID", "41", "LISTEN_FDNAMES", "a.0:a.record");
    KeptNames.Inherited found = KeptNames.inherited(environment, 42, descriptor -> new byte[] {1});
    assertThat(found).isEqualTo(KeptNames.Inherited.NOTHING);
  }

  private static HandoverShelf inherits(Duration kept, String names) {
    Map<String, String> environment = Map.of("LISTEN_PID", "42", "LISTEN_FDNAMES", names);
    return new HandoverShelf(
        kept, true, KeptNames.inherited(environment, 42, descriptor -> new byte[] {2, 1, 2, 3}));
  }
}
