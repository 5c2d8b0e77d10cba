package io.weir.flows;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts since the engine began: they go over to the next reader, so that whoever adds them up has
 * all that was told. Read by any thread.
 */
final class Tally {
  private final Map<Flow.Verdict, LongAdder> flows = new EnumMap<>(Flow.Verdict.class);
  private final Map<Event.Type, LongAdder> types = new EnumMap<>(Event.Type.class);
  private final LongAdder events = new LongAdder();
  private final LongAdder unknown = new LongAdder();
  private final LongAdder unknownReasons = new LongAdder();
  private final LongAdder missed = new LongAdder();

  Tally() {
    for (Flow.Verdict verdict : Flow.Verdict.values()) {
      flows.put(verdict, new LongAdder());
    }
    for (Event.Type type : Event.Type.values()) {
      types.put(type, new LongAdder());
    }
  }

  /** One that goes on from {@link #encode}; from nothing where another release has written it. */
  static Tally decode(byte[] state) {
    Tally tally = new Tally();
    List<LongAdder> all = tally.all();
    if (state.length == all.size() * Long.BYTES) {
      ByteBuffer numbers = ByteBuffer.wrap(state);
      all.forEach(one -> one.add(numbers.getLong()));
    }
    return tally;
  }

  byte[] encode() {
    List<LongAdder> all = all();
    ByteBuffer numbers = ByteBuffer.allocate(all.size() * Long.BYTES);
    all.forEach(one -> numbers.putLong(one.sum()));
    return numbers.array();
  }

  private List<LongAdder> all() {
    List<LongAdder> all = new ArrayList<>(flows.values());
    all.addAll(types.values());
    all.addAll(List.of(events, unknown, unknownReasons, missed));
    return all;
  }

  /** Counts of one batch, by the thread that reads; added once, since adding costs more. */
  static final class Batch {
    private final int[] flows = new int[Flow.Verdict.values().length];
    private final int[] types = new int[Event.Type.values().length];
    private int events;
    private int unknown;
    private int unknownReasons;

    /** An event was read, of whatever kind. */
    void read() {
      events++;
    }

    void seen(RawEvent event) {
      flows[event.verdict().ordinal()]++;
      types[event.type.ordinal()]++;
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
    types.forEach((type, count) -> count.add(batch.types[type.ordinal()]));
    events.add(batch.events);
    unknown.add(batch.unknown);
    unknownReasons.add(batch.unknownReasons);
    Arrays.fill(batch.flows, 0);
    Arrays.fill(batch.types, 0);
    batch.events = batch.unknown = batch.unknownReasons = 0;
  }

  /** A stream was too slow for so many flows. */
  void missed(long count) {
    missed.add(count);
  }

  long flows(Flow.Verdict verdict) {
    return flows.get(verdict).sum();
  }

  /** Flows told for this reason: how many were opened, how many ended. */
  long flows(Event.Type type) {
    return types.get(type).sum();
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
