package io.weir.state;

import io.weir.api.Metric;
import io.weir.api.Metric.Kind;
import io.weir.api.Metric.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What tables and loops count. */
final class TableMetrics {
  private TableMetrics() {}

  static List<Metric> of(TableStore store) {
    return List.of(
        table(store, "weir_table_rows", Kind.GAUGE, "Rows of a table.", t -> t.current().size()),
        table(
            store,
            "weir_table_revision_total",
            Kind.COUNTER,
            "Changes of a table's rows.",
            t -> t.current().revision()),
        delay(
            store,
            "weir_table_reconciled_total",
            Kind.COUNTER,
            "Rows that a reconciler has put in force.",
            ReconcileDelay::count),
        delay(
            store,
            "weir_table_reconcile_seconds_total",
            Kind.COUNTER,
            "Time from the writing of rows until they were in force, summed up.",
            ReconcileDelay::seconds),
        delay(
            store,
            "weir_table_reconcile_longest_seconds",
            Kind.GAUGE,
            "The longest time from the writing of a row until it was in force.",
            ReconcileDelay::longestSeconds),
        loop(store, "weir_loop_steps_total", "Steps of a loop.", LoopCounts::steps),
        loop(store, "weir_loop_failures_total", "Failed steps of a loop.", LoopCounts::failures),
        loop(store, "weir_loop_seconds_total", "Time in steps of a loop.", LoopCounts::seconds));
  }

  private static Metric table(
      TableStore store,
      String name,
      Kind kind,
      String help,
      ToDoubleFunction<StoredTable<?, ?>> value) {
    Supplier<List<Sample>> samples =
        () -> {
          List<Sample> all = new ArrayList<>();
          for (StoredTable<?, ?> table : store.stored()) {
            all.add(new Sample(List.of(table.id().name()), value.applyAsDouble(table)));
          }
          return all;
        };
    return new Metric(name, kind, help, List.of("table"), samples);
  }

  private static Metric delay(
      TableStore store,
      String name,
      Kind kind,
      String help,
      ToDoubleFunction<ReconcileDelay> value) {
    Supplier<List<Sample>> samples =
        () -> {
          List<Sample> all = new ArrayList<>();
          for (StoredTable<?, ?> table : store.stored()) {
            table
                .reconcilers()
                .delays()
                .forEach(
                    (reconciler, delay) ->
                        all.add(
                            new Sample(
                                List.of(table.id().name(), reconciler),
                                value.applyAsDouble(delay))));
          }
          return all;
        };
    return new Metric(name, kind, help, List.of("table", "reconciler"), samples);
  }

  private static Metric loop(
      TableStore store, String name, String help, ToDoubleFunction<LoopCounts> value) {
    Supplier<List<Sample>> samples =
        () -> {
          List<Sample> all = new ArrayList<>();
          for (LoopThread loop : store.loops()) {
            all.add(new Sample(List.of(loop.name()), value.applyAsDouble(loop.counts())));
          }
          return all;
        };
    return new Metric(name, Kind.COUNTER, help, List.of("loop"), samples);
  }
}
