package io.weir.flows;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts since this reader began; read by any thread. */
final class Tally {
  private final Map<Flow.Verdict, LongAdder> flows = new EnumMap<>(Flow.Verdict.class);
  private final LongAdder events = new LongAdder();
  private final LongAdder unknown = new LongAdder();
  private final LongAdder unknownReasons = new LongAdder();
  private final LongAdder missed = new LongAdder();

  Tally() {
    for (Flow.Verdict verdict : Flow.Verdict.values()) {
      flows.put(verdict, new LongAdder());
    }
  }

  /** Counts of one batch, by the thread that reads; added once, since adding costs more. */
  static final class Batch {
    private final int[] flows = new int[Flow.Verdict.values().length];
    private int events;
    private int unknown;
    private int unknownReasons;

    /** An event was read, of whatever kind. */
    void read() {
      events++;
    }

    void seen(RawEvent event) {
      flows[event.verdict().ordinal()]++;
      if (event.reason != 0 && !Reasons.isKnown(event.reason)) {
        unknownReasons++;
      }
    }

    /** An event of a type or version that is not known was skipped. */
    void skipped() {
      unknown++;
    }
  }

  /** Takes a batch's counts in, which begin anew. */
  void add(Batch batch) {
    for (Flow.Verdict verdict : Flow.Verdict.values()) {
      flows.get(verdict).add(batch.flows[verdict.ordinal()]);
    }
    events.add(batch.events);
    unknown.add(batch.unknown);
    unknownReasons.add(batch.unknownReasons);
    Arrays.fill(batch.flows, 0);
    batch.events = batch.unknown = batch.unknownReasons = 0;
  }

  /** A stream was too slow for so many flows. */
  void missed(long count) {
    missed.add(count);
  }

  long flows(Flow.Verdict verdict) {
    return flows.get(verdict).sum();
  }

  /** Read from the ring; some make one flow together. */
  long events() {
    return events.sum();
  }

  long unknown() {
    return unknown.sum();
  }

  long unknownReasons() {
    return unknownReasons.sum();
  }

  long missed() {
    return missed.sum();
  }
}
