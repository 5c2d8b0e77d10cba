package io.weir.api.table;

/**
 * Tells a table what became of its rows. A report on an older revision than the row's leaves it
 * pending.
 */
public interface Reporter<K> extends AutoCloseable {
  void report(K key, long revision, Status status);

  /** Ends the registration; the statuses it gave go with it. */
  @Override
  void close();
}
