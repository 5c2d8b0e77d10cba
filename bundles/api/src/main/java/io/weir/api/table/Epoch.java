package io.weir.api.table;

import java.util.Map;

/**
 * One owner's turn at writing a table. What it has not written again by {@link #synced()} is swept
 * then, and nothing before. A newer epoch of the same owner fences this one off: its calls then
 * throw {@link FencedException} and change nothing. Closing keeps the rows and marks them stale.
 */
public interface Epoch<K, R> extends AutoCloseable {
  /** Writes a row. The same value again is no change, and no revision. */
  void put(K key, R row);

  /** Takes a row of this owner away; a key it does not own is left alone. */
  void remove(K key);

  /**
   * Says that all is written: rows of this owner that this epoch has not put are swept. Later puts
   * and removes go on as before.
   */
  void synced();

  /**
   * Makes this owner's rows exactly {@code rows}, changing only what differs, and then says {@link
   * #synced()}.
   */
  void set(Map<K, R> rows);

  @Override
  void close();
}
