package io.weir.state;

import io.weir.api.table.Epoch;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Table;
import io.weir.api.table.TableId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * What tables cost: changes a second until every follower has read each of them, rows a second when
 * a restarted owner says the same again, and bytes per row. {@link #main} prints one JSON object a
 * line.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class TablesBenchmark {
  private static final int ROWS = 100_000;
  private static final int CHANGES = 20_000;
  private static final TableId<Integer, Integer> ID =
      TableId.of("bench", Integer.class, Integer.class);

  @Param({"0", "10"})
  public int followers;

  private TableStore store;
  private Table<Integer, Integer> table;
  private Epoch<Integer, Integer> epoch;
  private Map<Integer, Integer> rows;
  private int key;
  private int value = ROWS;

  @Setup
  public void fill(Blackhole hole) throws InterruptedException {
    store = new TableStore();
    table = store.table(ID);
    epoch = table.write(Owner.of("io.weir.bench"));
    rows = new HashMap<>();
    for (int i = 0; i < ROWS; i++) {
      rows.put(i, i);
    }
    epoch.set(rows);
    for (int i = 0; i < followers; i++) {
      store.loop(
          "io.weir.follower-" + i,
          List.of(ID),
          inputs -> inputs.changes(ID).forEach(change -> hole.consume(change.after())));
    }
    store.settle(Duration.ofMinutes(1));
  }

  @TearDown
  public void close() {
    store.loops().forEach(Loop::close);
  }

  @Benchmark
  @OperationsPerInvocation(CHANGES)
  public void changes() throws InterruptedException {
    for (int i = 0; i < CHANGES; i++) {
      key = (key + 7919) % ROWS;
      epoch.put(key, ++value);
    }
    store.settle(Duration.ofMinutes(1));
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public void sameRows() {
    epoch.set(rows);
    epoch = table.write(Owner.of("io.weir.bench"));
    epoch.set(rows);
  }

  public static void main(String[] arguments) throws Exception {
    boolean brief = "short".equals(System.getenv("BENCH"));
    var options =
        new OptionsBuilder()
            .include(TablesBenchmark.class.getName())
            .forks(1)
            .warmupIterations(brief ? 1 : 3)
            .warmupTime(TimeValue.milliseconds(brief ? 100 : 1000))
            .measurementIterations(brief ? 1 : 5)
            .measurementTime(TimeValue.milliseconds(brief ? 100 : 1000))
            .verbosity(VerboseMode.SILENT)
            .build();
    Map<String, Double> scores = new HashMap<>();
    for (RunResult result : new Runner(options).run()) {
      String name = result.getParams().getBenchmark();
      scores.put(
          name.substring(name.lastIndexOf('.') + 1) + result.getParams().getParam("followers"),
          result.getPrimaryResult().getScore());
    }
    double alone = scores.get("changes0");
    row("table changes, 100k rows, 10 followers", scores.get("changes10"), "changes/s", alone);
    row("table rows said again after a restart", scores.get("sameRows0"), "rows/s", null);
    row("table bytes per row, key and value apart", bytesPerRow(), "bytes", null);
  }

  /** Of a table of 100k rows whose keys and values are there already. */
  private static double bytesPerRow() {
    Map<Integer, Integer> rows = new HashMap<>();
    for (int i = 0; i < ROWS; i++) {
      rows.put(i, i);
    }
    Table<Integer, Integer> table = new TableStore().table(ID);
    Epoch<Integer, Integer> epoch = table.write(Owner.of("io.weir.bench"));
    long before = used();
    epoch.set(rows);
    double bytes = (double) (used() - before) / ROWS;
    if (table.snapshot().size() != rows.size()) {
      throw new IllegalStateException("expected %d rows".formatted(rows.size()));
    }
    return bytes;
  }

  private static long used() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  @SuppressWarnings("SystemOut")
  private static void row(String name, double value, String unit, Double baseline) {
    System.out.printf(
        Locale.ROOT,
        "{\"name\": \"%s\", \"value\": %.1f, \"unit\": \"%s\", \"baseline\": %s, \"ratio\": %s, \"required\": null}%n",
        name,
        value,
        unit,
        baseline == null ? "null" : "%.1f".formatted(baseline),
        baseline == null ? "null" : "%.3f".formatted(value / baseline));
  }
}
