package io.weir.api.table;

import java.util.Map;
import java.util.function.Predicate;

/**
 * A table: read by snapshot or by following, written in epochs, its rows reported on by those who
 * put them in force.
 */
public interface Table<K, R> {
  TableId<K, R> id();

  Snapshot<K, R> snapshot();

  /**
   * Begins an epoch for {@code owner}, fencing off the owner's earlier one.
   *
   * @throws IllegalStateException when the table is not shared and another owner's epoch is open
   */
  Epoch<K, R> write(Owner owner);

  /**
   * Registers one who puts this table's rows in force; until it reports, rows are {@link
   * Status.Pending} for it.
   */
  Reporter<K> reporter(String reconciler);

  /**
   * Registers one who puts some of this table's rows in force, as policies among all resources: it
   * has a say only of keys that are {@code its}.
   */
  Reporter<K> reporter(String reconciler, Predicate<? super K> its);

  /**
   * The state of every row that some reconciler has not finished, by reconciler: pending and failed
   * ones only.
   */
  Map<K, Map<String, Status>> unreconciled();

  /**
   * What each registered reconciler says of the row under {@code key}; empty where there is no row
   * or no reconciler.
   */
  Map<String, Status> status(K key);
}
