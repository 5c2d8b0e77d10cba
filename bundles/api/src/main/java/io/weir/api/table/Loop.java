package io.weir.api.table;

import java.time.Duration;

/** A thread that runs a step whenever a followed table has changed. */
public interface Loop extends AutoCloseable {
  /** Runs the step soon, also when nothing has changed. */
  void wake();

  /**
   * Runs the step after {@code delay}, also when nothing has changed; an earlier pending wake-up is
   * kept.
   */
  void wakeAfter(Duration delay);

  /**
   * Ends the thread after the step that is running. Returns when it has ended; called from the step
   * itself, at once.
   */
  @Override
  void close();
}
