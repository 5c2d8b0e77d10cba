package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.table.Epoch;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.TableId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SettleTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(100);

  private final TableStore store = new TableStore();

  @AfterEach
  void closeLoops() {
    store.loops().forEach(Loop::close);
  }

  private static TableId<Integer, Integer> id(String name) {
    return TableId.of(name, Integer.class, Integer.class);
  }

  private Epoch<Integer, Integer> write(String name) {
    return store.table(id(name)).write(Owner.of("io.weir." + name));
  }

  /** A loop that copies one table into another. */
  private void copying(String from, String to) {
    Epoch<Integer, Integer> out = write(to);
    store.loop(
        "io.weir." + to,
        List.of(id(from)),
        inputs -> {
          Map<Integer, Integer> rows = new HashMap<>();
          inputs.snapshot(id(from)).rows().forEach(row -> rows.put(row.key(), row.value()));
          out.set(rows);
        });
  }

  @Test
  void should_wait_for_the_end_of_a_chain_of_loops() throws Exception {
    Epoch<Integer, Integer> first = write("t0");
    for (int i = 19; i >= 0; i--) {
      copying("t" + i, "t" + (i + 1));
    }
    for (int value = 1; value <= 200; value++) {
      first.put(7, value);
      assertThat(store.settle(LONG)).isTrue();
      assertThat(store.table(id("t20")).snapshot().get(7)).contains(value);
    }
  }

  @Test
  void should_not_be_starved_by_others_who_write_all_the_time() throws Exception {
    Epoch<Integer, Integer> first = write("t0");
    copying("t0", "t1");
    copying("t1", "t2");
    Epoch<Integer, Integer> unrelated = write("u0");
    copying("u0", "u1");
    copying("u1", "u2");
    AtomicBoolean enough = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1000);
    Thread writer =
        new Thread(
            () -> {
              for (int i = 0; !enough.get(); i++) {
                unrelated.put(1, i);
                begun.countDown();
              }
            });
    writer.start();
    begun.await();
    try {
      for (int value = 1; value <= 20; value++) {
        first.put(7, value);
        assertThat(store.settle(LONG)).isTrue();
        assertThat(store.table(id("t2")).snapshot().get(7)).contains(value);
      }
    } finally {
      enough.set(true);
      writer.join();
    }
  }

  @Test
  void should_wait_for_a_loop_that_was_woken() throws Exception {
    AtomicBoolean setting = new AtomicBoolean();
    AtomicBoolean seen = new AtomicBoolean();
    Loop loop = store.loop("io.weir.test", List.of(), inputs -> seen.set(setting.get()));
    assertThat(store.settle(LONG)).isTrue();
    setting.set(true);
    loop.wake();
    assertThat(store.settle(LONG)).isTrue();
    assertThat(seen).isTrue();
  }

  @Test
  void should_wait_for_the_first_step_of_a_loop() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    store.loop("io.weir.test", List.of(), inputs -> goOn.await());
    assertThat(store.settle(SHORT)).isFalse();
    assertThat(store.unsettled()).containsExactly("io.weir.test: has not acted on a wake-up");
    goOn.countDown();
    assertThat(store.settle(LONG)).isTrue();
    assertThat(store.unsettled()).isEmpty();
  }

  @Test
  void should_say_what_it_waits_for() throws Exception {
    Epoch<Integer, Integer> first = write("t0");
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicBoolean stuck = new AtomicBoolean();
    store.loop(
        "io.weir.slow",
        List.of(id("t0")),
        inputs -> {
          if (stuck.get()) {
            goOn.await();
          }
        });
    AtomicBoolean broken = new AtomicBoolean();
    store.loop(
        "io.weir.broken",
        List.of(id("t0")),
        inputs -> {
          if (broken.get()) {
            throw Problem.of("map endpoints", "room", "1024 of 1024 entries").asException();
          }
        });
    first.put(1, 1);
    assertThat(store.settle(LONG)).isTrue();
    stuck.set(true);
    broken.set(true);
    first.put(1, 2);
    try {
      assertThat(store.settle(SHORT)).isFalse();
      assertThat(store.unsettled())
          .containsExactly(
              "io.weir.slow: has not acted on t0 (at revision 1 of 2)",
              "io.weir.broken: its last step failed: map endpoints: expected room, got 1024 of 1024 entries");
    } finally {
      goOn.countDown();
    }
    broken.set(false);
    assertThat(store.settle(LONG)).isTrue();
  }

  @Test
  void should_not_wait_for_a_loop_that_is_closed_meanwhile() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Loop loop =
        store.loop(
            "io.weir.test",
            List.of(),
            inputs -> {
              inside.countDown();
              goOn.await();
              throw new IllegalStateException("never comes to an end");
            });
    inside.await();
    Thread closer = new Thread(loop::close);
    closer.start();
    goOn.countDown();
    assertThat(store.settle(LONG)).isTrue();
    closer.join();
  }
}
