package io.weir.itests.rules;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** Asks one question again and again, on a thread of its own, and keeps the answers it has seen. */
final class Watch implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final BooleanSupplier question;
  private final Set<Boolean> seen = ConcurrentHashMap.newKeySet();
  private final AtomicLong rounds = new AtomicLong();
  private volatile boolean closed;
  private final Future<?> asking;

  private Watch(Kernel kernel, BooleanSupplier question) {
    this.question = question;
    asking = kernel.start(this::run);
  }

  /** Starts, and returns once it has been answered for the first time. */
  static Watch of(Kernel kernel, BooleanSupplier question) {
    Watch watch = new Watch(kernel, question);
    watch.rounds(1);
    return watch;
  }

  /** Answers up to now, all asked questions answered. */
  Set<Boolean> seen() {
    rounds(2);
    return Set.copyOf(seen);
  }

  /** Forgets what it has seen; what it asks from now on counts. */
  void forget() {
    rounds(1); // the question that is under way was asked before
    seen.clear();
  }

  /** Waits until it has been answered so. */
  void untilSeen(boolean answer) {
    until(() -> seen.contains(answer));
  }

  /** Waits for so many questions that are asked and answered from now on, one being under way. */
  private void rounds(int more) {
    long wanted = rounds.get() + more;
    until(() -> rounds.get() >= wanted);
  }

  private void until(BooleanSupplier condition) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (asking.isDone()) {
        finish();
      }
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("only %s after %s".formatted(seen, LIMIT));
      }
      Thread.onSpinWait();
    }
  }

  private void run() {
    while (!closed) {
      seen.add(question.getAsBoolean());
      rounds.incrementAndGet();
    }
  }

  @Override
  public void close() {
    closed = true;
    finish();
  }

  private void finish() {
    try {
      asking.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }
}
