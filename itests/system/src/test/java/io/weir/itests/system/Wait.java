package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Looks again and again, for a minute at most, until it is so. */
final class Wait {
  private Wait() {}

  /**
   * @param what for the failed assertion
   */
  static void until(String what, Callable<Boolean> so) {
    until(() -> what, so);
  }

  /**
   * @param what for the failed assertion, with how it is instead
   */
  static void until(Supplier<String> what, Callable<Boolean> so) {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    try {
      while (!so.call()) {
        assertThat(System.nanoTime() - deadline)
            .as(() -> "within a minute: " + what.get())
            .isNegative();
        Thread.sleep(20);
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
