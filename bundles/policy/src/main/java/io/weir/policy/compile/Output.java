package io.weir.policy.compile;

import io.weir.api.table.Epoch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rows of one table as they should be, and which of them are not written yet. */
public final class Output<K, R> {
  private final Map<K, R> rows = new HashMap<>();
  private final Set<K> unwritten = new HashSet<>();
  private int changes;

  void put(K key, R row) {
    if (!row.equals(rows.put(key, row))) {
      unwritten.add(key);
      changes++;
    }
  }

  void remove(K key) {
    if (rows.remove(key) != null) {
      unwritten.add(key);
      changes++;
    }
  }

  /** The rows as they should be. */
  public Map<K, R> rows() {
    return Collections.unmodifiableMap(rows);
  }

  /** How many changes there have been. */
  public int changes() {
    return changes;
  }

  /** Keys of the rows that came, went or changed since they were last written. */
  public Set<K> unwritten() {
    return Set.copyOf(unwritten);
  }

  /** Writes new and changed rows. */
  public void writePuts(Epoch<K, R> epoch) {
    for (K key : List.copyOf(unwritten)) {
      R row = rows.get(key);
      if (row != null) {
        epoch.put(key, row);
        unwritten.remove(key);
      }
    }
  }

  /** Takes away the rows that went. */
  public void writeRemoves(Epoch<K, R> epoch) {
    for (K key : new ArrayList<>(unwritten)) {
      if (!rows.containsKey(key)) {
        epoch.remove(key);
        unwritten.remove(key);
      }
    }
  }
}
