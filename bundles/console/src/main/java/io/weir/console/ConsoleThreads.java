package io.weir.console;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** The threads of this bundle: one for sockets, one for each call that runs. */
final class ConsoleThreads {
  private static final int IDLE_SECONDS = 10;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static final AtomicInteger RUNNING = new AtomicInteger();

  private final Set<Call> running = new HashSet<>();

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
   * Runs {@code work} on a thread of its own; once retired, the next console is to answer.
   *
   * @param call what it is for: no verb has all the calls
   * @throws io.weir.api.ProblemException while too many run
   */
  void run(Call call, Runnable work) {
    Limits limits = Limits.OURS;
    boolean reserved = call.verb().equals(Limits.RESERVED_VERB);
    int most = limits.calls() + (reserved ? Limits.RESERVE : 0);
    int mostOfVerb = reserved ? most : limits.callsOfOneVerb();
    begin(call, most, mostOfVerb);
    try {
      calls.execute(
          () -> {
            try {
              work.run();
            } finally {
              ended(call);
            }
          });
    } catch (RejectedExecutionException e) { // it came when this console was on its way out
      ended(call);
      call.exit(call.askAgain());
    }
  }

  private void begin(Call call, int most, int mostOfVerb) {
    String verb = call.verb();
    synchronized (running) {
      if (RUNNING.get() >= most && !slowestLeaves(other -> true)) {
        throw refused("at most " + most + " calls at a time");
      }
      Predicate<Call> same = other -> other.verb().equals(verb);
      if (running.stream().filter(same).count() >= mostOfVerb && !slowestLeaves(same)) {
        throw refused("at most " + mostOfVerb + " calls of " + verb + " at a time");
      }
      running.add(call);
      RUNNING.incrementAndGet();
    }
  }

  /** Makes room: the call goes that has waited longest for its input, if it has for too long. */
  private boolean slowestLeaves(Predicate<Call> which) {
    Optional<Call> slowest =
        running.stream().filter(which).max(Comparator.comparingLong(Call::waitsForInput));
    long patience = Limits.OURS.patience().toNanos();
    if (slowest.isEmpty() || slowest.get().waitsForInput() <= patience) {
      return false;
    }
    slowest.get().cutInput("soon, since others call");
    ended(slowest.get());
    return true;
  }

  /** Once by its thread, and before that where it has to leave. */
  private void ended(Call call) {
    synchronized (running) {
      if (running.remove(call)) {
        RUNNING.decrementAndGet();
      }
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
