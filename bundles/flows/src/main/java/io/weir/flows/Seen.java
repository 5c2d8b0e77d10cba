package io.weir.flows;

import java.time.Instant;

/** What streams tell: flows, and that some were lost or not told. */
sealed interface Seen permits Flow, Seen.Lost, Seen.Suppressed {
  Instant time();

  /**
   * Events that were lost since the last such word.
   *
   * @param time when it was noticed
   */
  record Lost(Instant time, Source source, long count) implements Seen {}

  /**
   * Drops that were not told since the last such word, being more than {@code
   * drop-events-per-second}.
   *
   * @param time when it was noticed
   * @param pod at whose interface they were dropped
   * @param toPod on their way to it; else from it
   */
  record Suppressed(Instant time, int reason, Party pod, boolean toPod, long count)
      implements Seen {}

  /** Where events are lost: {@code flow.LostEventSource} of Hubble. */
  enum Source {
    /** Hubble's word for none of the others: too many drops of one pod for one reason. */
    UNKNOWN_LOST_EVENT_SOURCE,
    /** The kernel's ring was full. */
    PERF_EVENT_RING_BUFFER,
    /** A stream was slower than flows came. */
    HUBBLE_RING_BUFFER
  }
}
