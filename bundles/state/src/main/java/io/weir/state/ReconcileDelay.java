package io.weir.state;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** How long rows took from being written to being in force. */
final class ReconcileDelay {
  private final LongAdder count = new LongAdder();
  private final LongAdder nanos = new LongAdder();
  private final LongAccumulator longest = new LongAccumulator(Long::max, 0);

  void add(long delayNanos) {
    count.increment();
    nanos.add(delayNanos);
    longest.accumulate(delayNanos);
  }

  long count() {
    return count.sum();
  }

  double seconds() {
    return nanos.sum() / 1e9;
  }

  double longestSeconds() {
    return longest.get() / 1e9;
  }
}
