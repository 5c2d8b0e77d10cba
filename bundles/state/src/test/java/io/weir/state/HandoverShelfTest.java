package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Descriptors;
import io.weir.api.Handover;
import io.weir.api.Handover.Parcel;
import io.weir.api.Problem;
import java.nio.file.Path;
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
        public void tell(String state) {
          told.add(state);
        }

        @Override
        public void unstore(String name) {
          told.add("no " + name);
        }
      };

  private static HandoverShelf shelf(Duration kept) {
    return new HandoverShelf(kept, somebody(), KeptNames.Inherited.NOTHING);
  }

  private static KeptOutside somebody() {
    return new KeptOutside(true, 6, String::valueOf);
  }

  @AfterEach
  void stop() {
    shelf.stop();
    System.getProperties().keySet().removeIf(key -> key.toString().startsWith("weir.handover."));
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
  void should_give_what_is_left_to_the_next_one_when_all_of_java_restarts() {
    shelf.closer(outside);
    shelf.park("listener", List.of(7), STATE);
    shelf.keep("listener", List.of(7), STATE);
    shelf.stop();
    Handover.leave("late", List.of(), STATE);
    told.clear();

    HandoverShelf next = shelf(Duration.ofMinutes(1));
    next.closer(outside);
    assertThat(next.take("listener").orElseThrow().descriptors()).containsExactly(7);
    assertThat(next.take("late").orElseThrow().state()).isEqualTo(STATE);
    assertThat(closed).isEmpty();
    next.forget("listener");
    assertThat(told)
        .as("it knows what is kept")
        .containsExactly("no listener.record", "no listener.0");
    next.stop();
  }

  @Test
  void should_tell_another_holder_all_that_is_kept_when_the_first_has_died() {
    int[] lives = {0};
    HolderProcess holder =
        new HolderProcess(Path.of("weir"), "n1") {
          @Override
          boolean lives() {
            return lives[0] > 0;
          }

          @Override
          void again() {
            lives[0]++;
          }
        };
    shelf.closer(outside);
    shelf.keep("a", List.of(7), STATE);
    shelf.keep("b", List.of(8), STATE);
    shelf.forget("b");
    told.clear();
    shelf.lookAfter(holder);
    shelf.lookAfter(holder);
    assertThat(told).containsExactly("a.0=7", "a.record=[1, 1, 2, 3]");
    assertThat(lives[0]).isEqualTo(1);
  }

  @Test
  void should_not_tell_another_holder_of_a_number_that_is_anothers_since() {
    List<String> files = new ArrayList<>(List.of("socket:[1]", "socket:[2]"));
    KeptOutside kept = new KeptOutside(true, 6, descriptor -> files.get(descriptor));
    kept.store(outside, "a", new Parcel(List.of(0), STATE));
    kept.store(outside, "b", new Parcel(List.of(1), STATE));
    told.clear();
    files.set(0, "socket:[3]");
    kept.storeAll(outside);
    assertThat(told).containsExactly("b.0=1", "b.record=[1, 1, 2, 3]");
  }

  @Test
  void should_refuse_to_keep_more_than_there_is_room_for() {
    shelf.closer(outside);
    shelf.keep("a", List.of(7, 8), STATE);
    assertThatThrownBy(() -> shelf.keep("b", List.of(9, 10, 11), STATE))
        .hasMessage("hand-over b: expected room for 6 descriptors, one a record, got 7 of them");
    assertThatThrownBy(() -> shelf.keep("b", List.of(), new byte[1 << 16]))
        .hasMessageContaining("expected a state of less than 65536 bytes");
    assertThatThrownBy(() -> shelf.keep("b@2", List.of(), STATE))
        .hasMessageContaining("expected a name without @ and a number at its end, got b@2");
    assertThat(shelf.keep("a", List.of(7, 8, 9, 10, 11), STATE)).as("in its own place").isTrue();
  }

  @Test
  void should_take_back_what_could_only_be_half_kept() {
    Descriptors full =
        new Descriptors() {
          @Override
          public void close(int descriptor) {
            outside.close(descriptor);
          }

          @Override
          public boolean store(String name, int descriptor) {
            return outside.store(name, descriptor);
          }

          @Override
          public boolean store(String name, byte[] record) {
            throw Problem.of("holder", "an answer", "none").asException();
          }

          @Override
          public void tell(String state) {}

          @Override
          public void unstore(String name) {
            outside.unstore(name);
          }
        };
    shelf.closer(full);
    assertThatThrownBy(() -> shelf.keep("a", List.of(7), STATE)).hasMessageContaining("holder");
    assertThat(told).containsExactly("a.0=7", "no a.record", "no a.0");
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
  void should_have_one_of_a_name_whole_at_every_moment() {
    shelf.closer(outside);
    shelf.keep("a", List.of(7), STATE);
    told.clear();
    shelf.keep("a", List.of(8), STATE);
    assertThat(told).containsExactly("a@2.0=8", "a@2.record=[1, 1, 2, 3]", "no a.record", "no a.0");
    told.clear();
    shelf.forget("a");
    assertThat(told).containsExactly("no a@2.record", "no a@2.0");
  }

  @Test
  void should_go_on_with_the_last_of_a_name_that_is_whole() {
    HandoverShelf next =
        inherits(Duration.ofMinutes(1), "a@9.0:a@9.1:a@9.record:a@10.0:a@10.1:a@10.record:a@11.0");
    next.closer(outside);
    assertThat(next.take("a").orElseThrow().descriptors()).containsExactly(6, 7);
    assertThat(closed).containsExactlyInAnyOrder(3, 4, 5, 8, 9);
    assertThat(told)
        .containsExactlyInAnyOrder("no a@9.record", "no a@9.0", "no a@9.1", "no a@11.0");
    told.clear();
    next.keep("a", List.of(7), STATE);
    assertThat(told).startsWith("a@11.0=7");
    next.stop();
  }

  @Test
  void should_make_room_first_where_there_is_none_for_both() {
    shelf.closer(outside);
    shelf.keep("a", List.of(7, 8), STATE);
    told.clear();
    shelf.keep("a", List.of(7, 8, 9), STATE);
    assertThat(told).startsWith("no a.record", "no a.0", "no a.1", "a@2.0=7");
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
        new HandoverShelf(
            Duration.ofMinutes(1),
            new KeptOutside(false, 0, String::valueOf),
            KeptNames.Inherited.NOTHING);
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
        kept,
        somebody(),
        KeptNames.inherited(environment, 42, descriptor -> new byte[] {2, 1, 2, 3}));
  }
}
