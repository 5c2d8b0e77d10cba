package io.weir.api.table;

import java.util.List;

/** What a {@link Step} works on: the tables its loop follows, as they were when the step began. */
public interface Inputs {
  /**
   * The picture that {@link #changes} leads up to. See {@link Tables#loop} for the order of
   * reading.
   */
  <K, R> Snapshot<K, R> snapshot(TableId<K, R> table);

  /**
   * Changes since the last step that succeeded, in revision order; the first step sees every row as
   * new.
   */
  <K, R> List<Change<K, R>> changes(TableId<K, R> table);

  default boolean changed(TableId<?, ?> table) {
    return !changes(table).isEmpty();
  }

  /** Whether this is the loop's first step that can succeed. */
  boolean first();
}
