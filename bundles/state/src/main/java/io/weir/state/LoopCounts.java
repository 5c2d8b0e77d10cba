package io.weir.state;

import java.util.concurrent.atomic.LongAdder;

/** What a loop has done so far. */
final class LoopCounts {
  private final LongAdder steps = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder nanos = new LongAdder();

  void step(long tookNanos) {
    steps.increment();
    nanos.add(tookNanos);
  }

  void failure() {
    failures.increment();
  }

  long steps() {
    return steps.sum();
  }

  long failures() {
    return failures.sum();
  }

  double seconds() {
    return nanos.sum() / 1e9;
  }
}
