package io.weir.flows;

import java.util.ArrayList;
import java.util.List;

/**
 * The last so many flows. Written by the reader of rings, followed by any number of streams, none
 * of which it waits for: who is too slow is told how many it missed.
 */
final class FlowBuffer {
  private Seen[] kept;

  /** Position of the next one; {@code next % kept.length} is its place. */
  private long next;

  /** Positions before this are gone. */
  private long first;

  private boolean closed;

  /**
   * What a stream gets.
   *
   * @param position to go on from
   * @param missed how many were overwritten before they could be read
   * @param ended whether there will be no more
   */
  record Part(List<Seen> seen, long position, long missed, boolean ended) {}

  FlowBuffer(int capacity) {
    kept = new Seen[capacity];
  }

  synchronized void add(List<? extends Seen> seen) {
    for (Seen one : seen) {
      kept[(int) (next++ % kept.length)] = one;
    }
    first = Math.max(first, next - kept.length);
    notifyAll();
  }

  /** Keeps the newest of what there is. */
  synchronized void resize(int capacity) {
    if (capacity == kept.length) {
      return;
    }
    Seen[] resized = new Seen[capacity];
    first = Math.max(first, next - capacity);
    for (long at = first; at < next; at++) {
      resized[(int) (at % capacity)] = kept[(int) (at % kept.length)];
    }
    kept = resized;
  }

  synchronized int capacity() {
    return kept.length;
  }

  /** All that is kept. */
  synchronized Part all() {
    return part(first);
  }

  /** What came since {@code position}, at most {@code most}; waits until there is something. */
  synchronized Part await(long position, long mostMillis) throws InterruptedException {
    if (position >= next && !closed) {
      wait(mostMillis);
    }
    return part(position);
  }

  /** Ends the streams. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  private Part part(long position) {
    List<Seen> seen = new ArrayList<>();
    long from = Math.max(position, first);
    for (long at = from; at < next; at++) {
      seen.add(kept[(int) (at % kept.length)]);
    }
    return new Part(seen, next, from - position, closed);
  }
}
