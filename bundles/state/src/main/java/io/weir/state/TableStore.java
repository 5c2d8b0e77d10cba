package io.weir.state;

import io.weir.api.table.Loop;
import io.weir.api.table.Step;
import io.weir.api.table.Table;
import io.weir.api.table.TableId;
import io.weir.api.table.Tables;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** All tables and loops of an engine. Needs no container: tests of other bundles make their own. */
public class TableStore implements Tables {
  private final ConcurrentSkipListMap<String, StoredTable<?, ?>> tables =
      new ConcurrentSkipListMap<>();
  private final List<LoopThread> loops = new CopyOnWriteArrayList<>();
  private final Settling settling = new Settling(this);
  private final Exactness exactness;

  public TableStore() {
    this(new Exactness());
  }

  TableStore(Exactness exactness) {
    this.exactness = exactness;
  }

  @Override
  public <K, R> Table<K, R> table(TableId<K, R> id) {
    return stored(id);
  }

  @SuppressWarnings("unchecked")
  private <K, R> StoredTable<K, R> stored(TableId<K, R> id) {
    StoredTable<?, ?> table =
        tables.computeIfAbsent(id.name(), name -> new StoredTable<>(id, exactness));
    if (!table.id().equals(id)) {
      throw new IllegalStateException(
          "table %s: expected keys %s and rows %s (shared: %s), got keys %s and rows %s (shared: %s)"
              .formatted(
                  id,
                  table.id().keyType().getName(),
                  table.id().rowType().getName(),
                  table.id().shared(),
                  id.keyType().getName(),
                  id.rowType().getName(),
                  id.shared()));
    }
    return (StoredTable<K, R>) table;
  }

  @Override
  public Collection<Table<?, ?>> all() {
    return Collections.unmodifiableList(new ArrayList<>(tables.values()));
  }

  Collection<StoredTable<?, ?>> stored() {
    return tables.values();
  }

  @Override
  public Loop loop(String name, List<TableId<?, ?>> follow, Step step) {
    List<Follower<?, ?>> followers = new ArrayList<>();
    for (TableId<?, ?> id : follow) {
      followers.add(new Follower<>(stored(id)));
    }
    LoopThread loop = new LoopThread(name, followers, step, this);
    loops.add(loop);
    loop.start();
    return loop;
  }

  @Override
  public boolean settle(Duration timeout) throws InterruptedException {
    return settling.settle(timeout);
  }

  @Override
  public List<String> unsettled() {
    return settling.unsettled();
  }

  /**
   * Drops the tables whose keys or rows are of a class that {@code loader} accepts: the bundle it
   * belongs to has gone, and is not to be held.
   */
  void drop(Predicate<ClassLoader> loader) {
    for (StoredTable<?, ?> table : tables.values()) {
      TableId<?, ?> id = table.id();
      if (loader.test(id.keyType().getClassLoader())
          || loader.test(id.rowType().getClassLoader())) {
        tables.remove(id.name(), table);
        table.drop();
      }
    }
  }

  List<LoopThread> loops() {
    return loops;
  }

  Exactness exactness() {
    return exactness;
  }

  /** A loop has finished a step, or failed at it. */
  void moved() {
    settling.moved();
  }

  void ended(LoopThread loop) {
    loops.remove(loop);
    settling.moved();
  }
}
