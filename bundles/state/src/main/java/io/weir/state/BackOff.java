package io.weir.state;

import java.time.Duration;

/** How long to wait after a failure: 50 ms, then twice as long each time, up to 30 s. */
final class BackOff {
  static final Duration FIRST = Duration.ofMillis(50);
  static final Duration LONGEST = Duration.ofSeconds(30);

  private BackOff() {}

  /** The wait after the {@code failures}th failure in a row, from 1. */
  static Duration after(int failures) {
    int doublings = Math.min(failures - 1, 16);
    Duration wait = FIRST.multipliedBy(1L << doublings);
    return wait.compareTo(LONGEST) < 0 ? wait : LONGEST;
  }
}
