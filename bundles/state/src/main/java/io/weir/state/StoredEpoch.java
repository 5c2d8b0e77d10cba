package io.weir.state;

import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import java.util.Map;

/** An owner's turn; all it does is tell the table who is writing. */
record StoredEpoch<K, R>(StoredTable<K, R> table, Owner owner, int number) implements Epoch<K, R> {
  @Override
  public void put(K key, R row) {
    table.put(owner, number, key, row);
  }

  @Override
  public void remove(K key) {
    table.remove(owner, number, key);
  }

  @Override
  public void synced() {
    table.synced(owner, number);
  }

  @Override
  public void set(Map<K, R> rows) {
    table.set(owner, number, rows);
  }

  @Override
  public void close() {
    table.close(owner, number);
  }
}
