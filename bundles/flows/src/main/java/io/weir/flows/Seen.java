package io.weir.flows;

import java.time.Instant;

/** What streams tell: flows, and that some were lost. */
sealed interface Seen permits Flow, Seen.Lost {
  Instant time();

  /**
   * Events that were lost since the last such word.
   *
   * @param time when it was noticed
   */
  record Lost(Instant time, Source source, long count) implements Seen {}

  /** Where events are lost: {@code flow.LostEventSource} of Hubble. */
  enum Source {
    /** The kernel's ring was full. */
    PERF_EVENT_RING_BUFFER,
    /** A stream was slower than flows came. */
    HUBBLE_RING_BUFFER
  }
}
