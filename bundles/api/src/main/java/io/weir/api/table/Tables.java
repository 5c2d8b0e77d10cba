package io.weir.api.table;

import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** The service through which bundles reach tables. Implemented by {@code io.weir.state}. */
public interface Tables {
  /** The table of this id, made empty if it is new. */
  <K, R> Table<K, R> table(TableId<K, R> id);

  /** Every table that is known, by name. */
  Collection<Table<?, ?>> all();

  /**
   * Starts a thread named {@code name} that runs {@code step} at once and then whenever one of
   * {@code follow} has changed.
   *
   * <p>The tables are read from first to last, each at least as new as those before it. A loop that
   * lists a table of references before the table they refer to thus finds what was written before
   * the reference.
   *
   * @param follow the inputs; a table that {@code step} writes must not be among them
   */
  Loop loop(String name, List<TableId<?, ?>> follow, Step step);

  /**
   * Waits until all that was written before this call has had its effect: every loop has acted on
   * it, and every loop on what came of that, through the whole chain. Writes that others make
   * meanwhile are not waited for.
   *
   * @return false when {@code timeout} passed first
   */
  boolean settle(Duration timeout) throws InterruptedException;

  /**
   * What {@link #settle} is waiting for now, one sentence a loop, for the message of a time-out.
   */
  List<String> unsettled();
}
