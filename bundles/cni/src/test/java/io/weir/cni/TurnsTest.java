package io.weir.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class TurnsTest {
  private static final Attachment ONE = new Attachment("4f1c", "eth0");

  private final AtomicInteger limit = new AtomicInteger(2);
  private final Turns turns = new Turns(limit::get);

  @Test
  void should_let_one_call_work_on_an_attachment_at_a_time() throws Exception {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<CompletableFuture<Void>> calls = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      calls.add(
          async(
              () -> {
                try (Turns.Turn turn = turns.take(ONE, Progress.SILENT)) {
                  most.accumulateAndGet(running.incrementAndGet(), Math::max);
                  Thread.yield();
                  running.decrementAndGet();
                }
              }));
    }
    for (CompletableFuture<Void> call : calls) {
      call.join();
    }
    assertThat(most).hasValue(1);
  }

  @Test
  void should_tell_an_ADD_to_give_up_when_a_DEL_comes() throws Exception {
    Turns.Turn add = turns.take(ONE, Progress.SILENT);
    add.alive();
    CountDownLatch asked = new CountDownLatch(1);
    CompletableFuture<Void> delete = async(() -> turns.takeToDelete(ONE, asked::countDown).close());
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    assertThatThrownBy(add::alive)
        .isInstanceOf(Progress.AbandonedException.class)
        .hasMessage("a DEL has come");
    assertThat(delete).as("the ADD has to undo its work first").isNotDone();
    add.close();
    delete.join();
  }

  @Test
  void should_not_let_more_ADDs_work_than_the_setting_says_and_show_that_others_wait()
      throws Exception {
    Turns.Place first = turns.place(Progress.SILENT);
    Turns.Place second = turns.place(Progress.SILENT);
    CountDownLatch signs = new CountDownLatch(2);
    CompletableFuture<Void> third = async(() -> turns.place(signs::countDown).close());
    assertThat(signs.await(10, TimeUnit.SECONDS)).as("signs of life").isTrue();
    assertThat(third).isNotDone();
    limit.set(3);
    third.join();
    first.close();
    second.close();
  }

  @Test
  void should_wait_for_calls_under_way_and_begin_no_more() throws Exception {
    Calls calls = new Calls();
    assertThat(calls.begin()).isTrue();
    CompletableFuture<Void> stop = async(() -> calls.refuse(java.time.Duration.ofSeconds(15)));
    while (calls.begin()) {
      calls.end(); // not refusing yet
    }
    assertThat(stop).isNotDone();
    calls.end();
    stop.join();
  }

  private interface Work {
    void run() throws Exception;
  }

  private static CompletableFuture<Void> async(Work work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
                done.complete(null);
              } catch (Exception e) {
                done.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return done;
  }
}
