package io.weir.api.table;

import java.util.Collection;
import java.util.Optional;

/** An immutable picture of a table at one revision. */
public interface Snapshot<K, R> {
  long revision();

  /** Whether every owner that has ever written here has synced at least once, and there is one. */
  boolean synced();

  int size();

  Optional<R> get(K key);

  Optional<Row<K, R>> row(K key);

  Collection<Row<K, R>> rows();
}
