package io.weir.flows;

import io.weir.api.Clock;
import io.weir.api.row.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The last so many flows. Written by the reader of rings, followed by any number of streams, none
 * of which it waits for: who is too slow is told how many it missed. Flows are kept as numbers and
 * references to names that they share; who reads them makes objects of them.
 */
final class FlowBuffer {
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition more = lock.newCondition();

  /** For reading what is kept; held under the lock. */
  private final RawEvent event = new RawEvent();

  private Kept kept;

  /** Position of the next one; {@code next % capacity} is its place. */
  private long next;

  /** Positions before this are gone. */
  private long first;

  private boolean closed;

  /** One array for each thing that is kept of a flow; what is no flow is in {@code others}. */
  private static final class Kept {
    final int capacity;
    final long[] words;
    final Party[] sources;
    final Party[] destinations;
    final Optional<ResourceKey>[] services;
    final Flow.Said[] egress;
    final Flow.Said[] ingress;
    final Seen[] others;

    @SuppressWarnings("unchecked")
    Kept(int capacity) {
      this.capacity = capacity;
      words = new long[capacity * RawEvent.WORDS];
      sources = new Party[capacity];
      destinations = new Party[capacity];
      services = new Optional[capacity];
      egress = new Flow.Said[capacity];
      ingress = new Flow.Said[capacity];
      others = new Seen[capacity];
    }

    int place(long position) {
      return (int) (position % capacity);
    }

    void copy(Kept from, long position) {
      int there = from.place(position);
      int here = place(position);
      System.arraycopy(
          from.words, there * RawEvent.WORDS, words, here * RawEvent.WORDS, RawEvent.WORDS);
      sources[here] = from.sources[there];
      destinations[here] = from.destinations[there];
      services[here] = from.services[there];
      egress[here] = from.egress[there];
      ingress[here] = from.ingress[there];
      others[here] = from.others[there];
    }
  }

  /**
   * What a stream gets.
   *
   * @param position to go on from
   * @param missed how many were overwritten before they could be read
   * @param ended whether there will be no more
   */
  record Part(List<Seen> seen, long position, long missed, boolean ended) {}

  FlowBuffer(int capacity, Clock clock) {
    kept = new Kept(capacity);
    this.clock = clock;
  }

  /** Before flows are added, by the thread that adds them; nobody reads until {@link #end}. */
  void begin() {
    lock.lock();
  }

  /** Keeps a flow; between {@link #begin} and {@link #end}. */
  void add(RawEvent flow) {
    int place = kept.place(next++);
    flow.store(kept.words, place * RawEvent.WORDS);
    kept.sources[place] = flow.source;
    kept.destinations[place] = flow.destination;
    kept.services[place] = flow.serviceKey;
    kept.egress[place] = flow.egress;
    kept.ingress[place] = flow.ingress;
    kept.others[place] = null;
  }

  /** What was added may be read. */
  void end() {
    first = Math.max(first, next - kept.capacity);
    more.signalAll();
    lock.unlock();
  }

  /** Keeps what is no flow. */
  void add(Seen other) {
    begin();
    int place = kept.place(next++);
    kept.others[place] = other;
    end();
  }

  /** Keeps the newest of what there is. */
  void resize(int capacity) {
    lock.lock();
    try {
      if (capacity == kept.capacity) {
        return;
      }
      Kept resized = new Kept(capacity);
      first = Math.max(first, next - capacity);
      for (long at = first; at < next; at++) {
        resized.copy(kept, at);
      }
      kept = resized;
    } finally {
      lock.unlock();
    }
  }

  /** All that is kept. */
  Part all() {
    lock.lock();
    try {
      return part(first);
    } finally {
      lock.unlock();
    }
  }

  /** What came since {@code position}, at most {@code most}; waits until there is something. */
  Part await(long position, long mostMillis) throws InterruptedException {
    lock.lock();
    try {
      if (position >= next && !closed) {
        boolean signalled = more.await(mostMillis, TimeUnit.MILLISECONDS);
        assert signalled || position <= next;
      }
      return part(position);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the streams. */
  void close() {
    lock.lock();
    closed = true;
    more.signalAll();
    lock.unlock();
  }

  private Part part(long position) {
    List<Seen> seen = new ArrayList<>();
    long from = Math.max(position, first);
    for (long at = from; at < next; at++) {
      seen.add(seen(at));
    }
    return new Part(seen, next, from - position, closed);
  }

  private Seen seen(long position) {
    int place = kept.place(position);
    if (kept.others[place] != null) {
      return kept.others[place];
    }
    event.load(kept.words, place * RawEvent.WORDS);
    return new Flow(
        position,
        clock.wall(event.nanos),
        event.event(),
        kept.sources[place],
        kept.destinations[place],
        kept.services[place],
        kept.egress[place],
        kept.ingress[place]);
  }
}
