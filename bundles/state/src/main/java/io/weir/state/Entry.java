package io.weir.state;

import io.weir.api.table.Owner;

/**
 * What a table holds under a key: a row, or the mark of one that was removed, which is kept as long
 * as a follower has still to be told. Small, since there is one for every row of the node.
 */
final class Entry<K, R> {
  final K key;

  /** Null for the mark of a removed row. */
  final R value;

  final Owner owner;

  /** Of the table when this value was written, or when it was removed. */
  final long revision;

  /** Number of the epoch that wrote it last, be it the same value again. */
  final int epoch;

  /** When this revision was written, in {@link #TICK_NANOS}; wraps after three days. */
  final int writtenTicks;

  static final int TICK_BITS = 16;
  static final long TICK_NANOS = 1L << TICK_BITS;

  private Entry(K key, R value, Owner owner, long revision, int epoch, int writtenTicks) {
    this.key = key;
    this.value = value;
    this.owner = owner;
    this.revision = revision;
    this.epoch = epoch;
    this.writtenTicks = writtenTicks;
  }

  static <K, R> Entry<K, R> written(K key, R value, Owner owner, long revision, int epoch) {
    return new Entry<>(key, value, owner, revision, epoch, ticksNow());
  }

  /** The same row, said again by {@code owner} in {@code epoch}. */
  Entry<K, R> confirmed(Owner owner, int epoch) {
    return new Entry<>(key, value, owner, revision, epoch, writtenTicks);
  }

  Entry<K, R> removed(long revision) {
    return new Entry<>(key, null, owner, revision, epoch, ticksNow());
  }

  boolean live() {
    return value != null;
  }

  /** Since this revision was written. */
  long ageNanos() {
    return (ticksNow() - writtenTicks & 0xffffffffL) << TICK_BITS;
  }

  private static int ticksNow() {
    return (int) (System.nanoTime() >>> TICK_BITS);
  }
}
