package io.weir.itests.cni;

import io.weir.api.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until a test moves it. */
final class HandClock implements Clock {
  private final AtomicLong now = new AtomicLong(Duration.ofHours(1).toNanos());

  void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Override
  public long monotonicNanos() {
    return now.get();
  }

  @Override
  public Instant wall(long nanos) {
    return Instant.EPOCH.plusNanos(nanos);
  }
}
