package io.weir.state;

import io.weir.api.Clock;
import java.time.Instant;
import org.osgi.service.component.annotations.Component;

/**
 * On Linux {@link System#nanoTime} reads {@code CLOCK_MONOTONIC}, as {@code bpf_ktime_get_ns} does.
 * The offset to wall time is taken anew each time, as wall time is set and slewed.
 */
@Component(service = Clock.class)
public final class BootClock implements Clock {
  @Override
  public long monotonicNanos() {
    return System.nanoTime();
  }

  @Override
  public Instant wall(long nanos) {
    long before = System.nanoTime();
    Instant now = Instant.now();
    long after = System.nanoTime();
    return now.minusNanos(before + (after - before) / 2 - nanos);
  }
}
