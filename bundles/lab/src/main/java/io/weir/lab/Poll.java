package io.weir.lab;

import io.weir.api.Problem;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for what cannot be followed. */
final class Poll {
  private static final long PAUSE_MILLIS = 10;

  private Poll() {}

  /** Returns as soon as {@code done}; fails with {@code problem} when {@code limit} has passed. */
  static void until(Duration limit, BooleanSupplier done, Supplier<Problem> problem) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!done.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw problem.get().asException();
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        throw Processes.interrupted();
      }
    }
  }
}
