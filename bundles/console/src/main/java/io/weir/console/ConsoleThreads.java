package io.weir.console;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of this bundle: one for sockets, one for each call that runs. */
final class ConsoleThreads {
  private static final int IDLE_SECONDS = 10;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static final AtomicInteger RUNNING = new AtomicInteger();

  private final Map<String, Integer> byVerb = new HashMap<>();

  private final ThreadPoolExecutor calls =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
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

  /** How many calls run. */
  static int running() {
    return RUNNING.get();
  }

  /**
   * Runs {@code work} on a thread of its own.
   *
   * @param verb what it is for: no verb has all the calls
   * @throws io.weir.api.ProblemException while too many run
   */
  void run(String verb, Runnable work) {
    Limits limits = Limits.OURS;
    boolean reserved = verb.equals(Limits.RESERVED_VERB);
    int most = limits.calls() + (reserved ? Limits.RESERVE : 0);
    int mostOfVerb = reserved ? most : limits.callsOfOneVerb();
    begin(verb, most, mostOfVerb);
    try {
      calls.execute(
          () -> {
            try {
              work.run();
            } finally {
              ended(verb);
            }
          });
    } catch (RejectedExecutionException e) {
      ended(verb);
      throw refused("a call of a bundle that is not being replaced");
    }
  }

  private void begin(String verb, int most, int mostOfVerb) {
    synchronized (byVerb) {
      if (RUNNING.get() >= most) {
        throw refused("at most " + most + " calls at a time");
      }
      if (byVerb.getOrDefault(verb, 0) >= mostOfVerb) {
        throw refused("at most " + mostOfVerb + " calls of " + verb + " at a time");
      }
      byVerb.merge(verb, 1, Integer::sum);
      RUNNING.incrementAndGet();
    }
  }

  private void ended(String verb) {
    synchronized (byVerb) {
      byVerb.computeIfPresent(verb, (same, count) -> count == 1 ? null : count - 1);
      RUNNING.decrementAndGet();
    }
  }

  private static ProblemException refused(String expected) {
    Limits.OURS.refusedCalls.increment();
    return Problem.of("weir.sock", expected, "one more")
        .remedy("end some of them, or raise console-calls")
        .asException();
  }

  /** Takes no more work; what runs goes on. */
  void retire() {
    calls.shutdown();
  }
}
