package io.weir.console;

import io.weir.api.Problem;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of this bundle: one for sockets, one for each call that runs. */
final class ConsoleThreads {
  private static final int MOST_CALLS = 128;
  private static final int IDLE_SECONDS = 10;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final ThreadPoolExecutor calls =
      new ThreadPoolExecutor(
          0,
          MOST_CALLS,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          work -> daemon(work, "io.weir.console call " + NUMBER.incrementAndGet()));

  static Thread socket(Runnable work) {
    return daemon(work, "io.weir.console socket");
  }

  static Thread swap(Runnable work) {
    return daemon(work, "io.weir.console swap");
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Runs {@code work} on a thread of its own.
   *
   * @throws io.weir.api.ProblemException while too many run
   */
  void run(Runnable work) {
    try {
      calls.execute(work);
    } catch (RejectedExecutionException e) {
      throw Problem.of("weir.sock", "at most " + MOST_CALLS + " calls at a time", "one more")
          .remedy("end some of them")
          .asException();
    }
  }

  /** Takes no more work; what runs goes on. */
  void retire() {
    calls.shutdown();
  }
}
