package io.weir.flows;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts since this reader began; read by any thread. */
final class Tally {
  private final Map<Flow.Verdict, LongAdder> flows = new EnumMap<>(Flow.Verdict.class);
  private final LongAdder unknown = new LongAdder();
  private final LongAdder unknownReasons = new LongAdder();
  private final LongAdder missed = new LongAdder();

  Tally() {
    for (Flow.Verdict verdict : Flow.Verdict.values()) {
      flows.put(verdict, new LongAdder());
    }
  }

  void seen(Flow flow) {
    flows.get(flow.verdict()).increment();
    int reason = flow.event().reason();
    if (reason != 0 && Reasons.known(reason).isEmpty()) {
      unknownReasons.increment();
    }
  }

  /** An event of a type or version that is not known was skipped. */
  void skipped() {
    unknown.increment();
  }

  /** A stream was too slow for so many flows. */
  void missed(long count) {
    missed.add(count);
  }

  long flows(Flow.Verdict verdict) {
    return flows.get(verdict).sum();
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
