package io.weir.state;

import io.weir.api.table.Reporter;
import io.weir.api.table.Status;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** Who puts a table's rows in force, and what they have said of them. */
final class Reconcilers<K, R> {
  private final StoredTable<K, R> table;
  private final Map<String, Reconciler<K>> byName = new ConcurrentHashMap<>();

  /**
   * What one reconciler has said.
   *
   * @param its the keys that it has a say of
   * @param reports by key; of rows that are there only
   */
  private record Reconciler<K>(
      Predicate<? super K> its, Map<K, Report> reports, ReconcileDelay delay) {}

  private record Report(long revision, Status status) {}

  Reconcilers(StoredTable<K, R> table) {
    this.table = table;
  }

  /** A reconciler of this name that is registered already is replaced: its successor has come. */
  Reporter<K> register(String name, Predicate<? super K> its) {
    Reconciler<K> reconciler =
        new Reconciler<>(its, new ConcurrentHashMap<>(), new ReconcileDelay());
    byName.put(name, reconciler);
    return new Reporter<>() {
      @Override
      public void report(K key, long revision, Status status) {
        Reconcilers.this.report(reconciler, key, revision, status);
      }

      @Override
      public void close() {
        byName.remove(name, reconciler);
      }
    };
  }

  private void report(Reconciler<K> reconciler, K key, long revision, Status status) {
    synchronized (table) {
      Entry<K, R> entry = table.current().entries().get(key);
      if (entry == null || !entry.live() || revision < entry.revision) {
        return;
      }
      Report before = reconciler.reports.put(key, new Report(revision, status));
      boolean news = before == null || before.revision < entry.revision || !isDone(before.status);
      if (isDone(status) && news) {
        reconciler.delay.add(entry.ageNanos());
      }
    }
  }

  /** Called under the table's monitor when a row goes. */
  void forget(K key) {
    byName.values().forEach(reconciler -> reconciler.reports.remove(key));
  }

  void clear() {
    byName.clear();
  }

  Map<String, Status> status(K key) {
    Entry<K, R> entry = table.current().entries().get(key);
    if (entry == null || !entry.live()) {
      return Map.of();
    }
    Map<String, Status> statuses = new TreeMap<>();
    byName.forEach(
        (name, reconciler) -> {
          if (reconciler.its.test(key)) {
            statuses.put(name, status(reconciler, entry));
          }
        });
    return statuses;
  }

  Map<K, Map<String, Status>> unreconciled() {
    Map<K, Map<String, Status>> rows = new HashMap<>();
    if (byName.isEmpty()) {
      return rows;
    }
    Version<K, R> version = table.current();
    version
        .entries()
        .forEach(
            entry -> {
              if (entry.live()) {
                unreconciled(entry, rows);
              }
            });
    return rows;
  }

  private void unreconciled(Entry<K, R> entry, Map<K, Map<String, Status>> rows) {
    byName.forEach(
        (name, reconciler) -> {
          if (!reconciler.its.test(entry.key)) {
            return;
          }
          Status status = status(reconciler, entry);
          if (!isDone(status)) {
            rows.computeIfAbsent(entry.key, key -> new TreeMap<>()).put(name, status);
          }
        });
  }

  Map<String, ReconcileDelay> delays() {
    Map<String, ReconcileDelay> delays = new TreeMap<>();
    byName.forEach((name, reconciler) -> delays.put(name, reconciler.delay));
    return delays;
  }

  private static <K> Status status(Reconciler<K> reconciler, Entry<K, ?> entry) {
    Report report = reconciler.reports.get(entry.key);
    return report == null || report.revision < entry.revision ? Status.PENDING : report.status;
  }

  private static boolean isDone(Status status) {
    return status instanceof Status.Done;
  }
}
