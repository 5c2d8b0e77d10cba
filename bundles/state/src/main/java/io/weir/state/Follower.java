package io.weir.state;

/** One loop's place in one table. The loop's thread moves it; the table reads it. */
final class Follower<K, R> {
  final StoredTable<K, R> table;

  /** What the last step that succeeded worked on; {@link Version#empty} before the first. */
  private volatile Version<K, R> base = Version.empty();

  /** What the running step works on, or the last one worked on. */
  private volatile Version<K, R> taken = base;

  Follower(StoredTable<K, R> table) {
    this.table = table;
  }

  boolean behind() {
    return base.sequence() != table.current().sequence();
  }

  boolean tookNews() {
    return base.sequence() != taken.sequence();
  }

  boolean tookRevision() {
    return base.revision() != taken.revision();
  }

  boolean actedOn(long sequence) {
    return base.sequence() >= sequence;
  }

  Version<K, R> base() {
    return base;
  }

  Version<K, R> taken() {
    return taken;
  }

  /** Under the table's lock, so that no mark of a removed row goes that this version will need. */
  void take() {
    synchronized (table) {
      taken = table.current();
    }
  }

  void acted(Exactness exactness) {
    base = exactness.actedOn(taken, table.current());
  }

  /** Whether a removal of this row has to be told to this follower. */
  boolean hasSeen(K key) {
    return live(base, key) || live(taken, key);
  }

  private static <K> boolean live(Version<K, ?> version, K key) {
    Entry<K, ?> entry = version.entries().get(key);
    return entry != null && entry.live();
  }
}
