package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Looks again and again, for a minute at most, until it is so. */
final class Wait {
  private Wait() {}

  static void until(String what, BooleanSupplier so) {
    until(() -> what, so);
  }

  /**
   * @param what for the failed assertion, with how it is instead
   */
  static void until(Supplier<String> what, BooleanSupplier so) {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!so.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline)
          .as(() -> "within a minute: " + what.get())
          .isNegative();
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
