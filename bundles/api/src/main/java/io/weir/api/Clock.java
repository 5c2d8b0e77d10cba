package io.weir.api;

import java.time.Instant;

/**
 * Turns the kernel's time since boot ({@code CLOCK_BOOTTIME}, {@code CLOCK_MONOTONIC}) into wall
 * time.
 */
public interface Clock {
  /** Nanoseconds since boot, suspended time not counted: what {@code bpf_ktime_get_ns} returns. */
  long monotonicNanos();

  /** The wall time at which {@link #monotonicNanos} was {@code nanos}. */
  Instant wall(long nanos);
}
