package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.ProblemException;
import io.weir.api.table.Change;
import io.weir.api.table.Epoch;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.TableId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LoopTest {
  private static final TableId<String, String> IN = TableId.of("in", String.class, String.class);
  private static final TableId<String, String> OTHER =
      TableId.of("other", String.class, String.class);
  private static final Owner A = Owner.of("io.weir.a");
  private static final Duration LONG = Duration.ofSeconds(20);

  private final TableStore store = new TableStore();
  private final Epoch<String, String> in = store.table(IN).write(A);
  private final BlockingQueue<List<Change<String, String>>> told = new LinkedBlockingQueue<>();

  @AfterEach
  void closeLoops() {
    store.loops().forEach(Loop::close);
  }

  @Test
  void should_run_at_once_with_every_row_as_new_and_then_when_something_changes() throws Exception {
    in.put("a", "1");
    listen();
    assertThat(next()).containsExactly(new Change<>("a", Optional.empty(), Optional.of("1"), 1));
    in.put("b", "2");
    assertThat(next()).containsExactly(new Change<>("b", Optional.empty(), Optional.of("2"), 2));
    in.put("b", "3");
    assertThat(next()).containsExactly(new Change<>("b", Optional.of("2"), Optional.of("3"), 3));
    in.remove("a");
    assertThat(next()).containsExactly(new Change<>("a", Optional.of("1"), Optional.empty(), 4));
  }

  @Test
  void should_hold_no_class_loader_by_its_thread_when_it_has_ended() throws Exception {
    BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
    Loop loop =
        store.loop("io.weir.test", List.of(IN), inputs -> threads.add(Thread.currentThread()));
    Thread thread = threads.take();
    assertThat(thread.getContextClassLoader()).isEqualTo(getClass().getClassLoader());
    loop.close();
    thread.join();
    assertThat(thread.getContextClassLoader()).isNull();
  }

  @Test
  void should_not_run_when_the_same_value_is_written() throws Exception {
    in.put("a", "1");
    listen();
    next();
    in.put("a", "1");
    store.table(IN).write(A).put("a", "1");
    assertThat(store.settle(LONG)).isTrue();
    assertThat(told).isEmpty();
  }

  @Test
  void should_coalesce_what_changes_during_a_step_in_the_order_of_revisions() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    in.put("a", "1");
    in.put("z", "1");
    store.loop(
        "io.weir.test",
        List.of(IN),
        inputs -> {
          told.add(inputs.changes(IN));
          inside.countDown();
          goOn.await();
        });
    inside.await();
    in.put("a", "2");
    in.put("b", "2");
    in.put("came-and-went", "x");
    in.remove("z");
    in.remove("came-and-went");
    in.put("a", "3");
    goOn.countDown();
    next();
    assertThat(next())
        .containsExactly(
            new Change<>("b", Optional.empty(), Optional.of("2"), 4),
            new Change<>("z", Optional.of("1"), Optional.empty(), 6),
            new Change<>("a", Optional.of("1"), Optional.of("3"), 8));
  }

  @Test
  void should_run_when_a_table_syncs_for_the_first_time() throws Exception {
    BlockingQueue<Boolean> synced = new LinkedBlockingQueue<>();
    store.loop("io.weir.test", List.of(IN), inputs -> synced.add(inputs.snapshot(IN).synced()));
    assertThat(synced.take()).isFalse();
    in.synced();
    assertThat(synced.take()).isTrue();
  }

  @Test
  void should_try_a_failed_step_again_with_the_same_and_newer_changes() throws Exception {
    AtomicInteger left = new AtomicInteger(3);
    List<Boolean> first = new ArrayList<>();
    in.put("a", "1");
    store.loop(
        "io.weir.test",
        List.of(IN),
        inputs -> {
          first.add(inputs.first());
          told.add(inputs.changes(IN));
          if (left.get() == 2) {
            in.put("b", "2");
          }
          if (left.getAndDecrement() > 0) {
            throw new IllegalStateException("not yet");
          }
        });
    assertThat(keys(next())).containsExactly("a");
    assertThat(keys(next())).containsExactly("a");
    assertThat(keys(next())).containsExactly("a", "b");
    assertThat(keys(next())).containsExactly("a", "b");
    in.put("c", "3");
    assertThat(keys(next())).containsExactly("c");
    assertThat(first).containsExactly(true, true, true, true, false);
  }

  @Test
  void should_wait_longer_after_each_failure() {
    assertThat(BackOff.after(1)).isEqualTo(Duration.ofMillis(50));
    assertThat(BackOff.after(2)).isEqualTo(Duration.ofMillis(100));
    assertThat(BackOff.after(9)).isEqualTo(Duration.ofMillis(12_800));
    assertThat(BackOff.after(11)).isEqualTo(Duration.ofSeconds(30));
    assertThat(BackOff.after(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void should_try_soon_again_when_the_cause_of_a_failure_may_have_gone() throws Exception {
    AtomicBoolean broken = new AtomicBoolean(true);
    CountDownLatch failures = new CountDownLatch(8);
    store.loop(
        "io.weir.test",
        List.of(IN),
        inputs -> {
          if (broken.get()) {
            failures.countDown();
            throw new IllegalStateException("broken");
          }
          told.add(inputs.changes(IN));
        });
    for (int i = 0; failures.getCount() > 0; i++) {
      in.put("try", Integer.toString(i));
      failures.await(10, TimeUnit.MILLISECONDS);
    }
    broken.set(false);
    long start = System.nanoTime();
    in.put("cure", "x");
    assertThat(keys(next())).contains("cure");
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .as("the eighth wait in a row would be 6.4 s")
        .isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void should_run_when_woken_and_when_an_alarm_comes() throws Exception {
    Loop loop = listen();
    next();
    loop.wake();
    assertThat(next()).isEmpty();
    long start = System.nanoTime();
    loop.wakeAfter(Duration.ofSeconds(20));
    loop.wakeAfter(Duration.ofMillis(30));
    loop.wakeAfter(Duration.ofSeconds(20));
    assertThat(next()).isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(30), Duration.ofSeconds(10));
  }

  @Test
  void should_end_after_the_step_that_is_running() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicBoolean finished = new AtomicBoolean();
    AtomicReference<Thread> thread = new AtomicReference<>();
    Loop loop =
        store.loop(
            "io.weir.test",
            List.of(IN),
            inputs -> {
              thread.set(Thread.currentThread());
              inside.countDown();
              goOn.await();
              finished.set(true);
            });
    inside.await();
    assertThat(thread.get().getName()).isEqualTo("io.weir.test");
    assertThat(thread.get().isDaemon()).isTrue();
    CompletableFuture<Boolean> closed =
        CompletableFuture.supplyAsync(
            () -> {
              loop.close();
              return finished.get();
            });
    in.put("a", "1");
    goOn.countDown();
    assertThat(closed.get()).as("close returned after the step").isTrue();
    assertThat(thread.get().isAlive()).isFalse();
    assertThat(store.settle(LONG)).isTrue();
  }

  @Test
  void should_be_closed_from_its_own_step() throws Exception {
    CompletableFuture<Loop> itself = new CompletableFuture<>();
    CountDownLatch closed = new CountDownLatch(1);
    itself.complete(
        store.loop(
            "io.weir.test",
            List.of(IN),
            inputs -> {
              itself.get().close();
              closed.countDown();
            }));
    closed.await();
    itself.get().close();
    assertThat(store.loops()).isEmpty();
  }

  @Test
  void should_end_when_its_epoch_has_been_fenced_off() throws Exception {
    Epoch<String, String> out = store.table(OTHER).write(A);
    store.table(OTHER).write(A);
    store.loop("io.weir.test", List.of(IN), inputs -> out.put("a", "1"));
    assertThat(store.settle(LONG)).isTrue();
    assertThat(store.unsettled()).isEmpty();
    assertThat(store.table(OTHER).snapshot().rows()).isEmpty();
  }

  @Test
  void should_show_no_reference_before_what_it_refers_to() throws Exception {
    Epoch<String, String> other = store.table(OTHER).write(A);
    AtomicReference<String> dangling = new AtomicReference<>();
    store.loop(
        "io.weir.test",
        List.of(OTHER, IN),
        inputs ->
            inputs
                .snapshot(OTHER)
                .rows()
                .forEach(
                    row -> {
                      if (inputs.snapshot(IN).get(row.value()).isEmpty()) {
                        dangling.set(row.key());
                      }
                    }));
    for (int i = 0; i < 20_000; i++) {
      in.put("target-" + i, "x");
      other.put("reference", "target-" + i);
    }
    assertThat(store.settle(LONG)).isTrue();
    assertThat(dangling.get()).isNull();
  }

  @Test
  void should_say_which_table_a_step_may_not_read() throws Exception {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    store.loop(
        "io.weir.test",
        List.of(IN),
        inputs -> {
          try {
            inputs.snapshot(OTHER);
            thrown.complete(null);
          } catch (ProblemException e) {
            thrown.complete(e);
          }
        });
    assertThat(thrown.get())
        .hasMessage(
            "loop io.weir.test: expected a table that it follows, got table other; name the table when the loop is started");
  }

  @Test
  void should_hold_no_marks_of_rows_that_no_follower_has_seen() throws Exception {
    listen();
    next();
    for (int i = 0; i < 100_000; i++) {
      in.put("k" + i, "v");
      in.remove("k" + i);
      if (i % 1000 == 0) {
        assertThat(store.settle(LONG)).isTrue();
      }
    }
    StoredTable<String, String> table = (StoredTable<String, String>) store.table(IN);
    int[] entries = {0};
    table.current().entries().forEach(entry -> entries[0]++);
    assertThat(entries[0]).isLessThan(5000);
  }

  @Test
  void should_settle_when_there_is_nothing() throws Exception {
    assertThat(new TableStore().settle(Duration.ZERO)).isTrue();
  }

  @Test
  void should_refuse_to_settle_inside_a_step() throws Exception {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    store.loop(
        "io.weir.test",
        List.of(IN),
        inputs -> {
          try {
            thrown.complete(store.settle(Duration.ZERO) ? null : null);
          } catch (IllegalStateException e) {
            thrown.complete(e);
          }
        });
    assertThat(thrown.get()).hasMessage("settle: a step of loop io.weir.test waits for itself");
  }

  private Loop listen() {
    return store.loop("io.weir.test", List.of(IN), inputs -> told.add(inputs.changes(IN)));
  }

  private List<Change<String, String>> next() throws InterruptedException {
    return told.take();
  }

  private static List<String> keys(List<Change<String, String>> changes) {
    return changes.stream().map(Change::key).toList();
  }
}
