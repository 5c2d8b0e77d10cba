package io.weir.console.swap;

import io.weir.api.Metric;
import io.weir.api.table.Row;
import io.weir.api.table.Status;
import io.weir.api.table.Table;
import io.weir.api.table.Tables;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Tells what tables lack to be in force, in types of the JDK: who conducts a control restart has
 * classes of the api that was, and asks an engine that has those of the next.
 */
@Component(service = Callable.class, property = Health.PROPERTY, immediate = true)
public final class Health implements Callable<Map<String, Object>> {
  static final String PROPERTY = "weir=health";
  static final String FAULTS = "faults";
  static final String WRITES = "writes";
  private static final String MAP_WRITES = "weir_map_writes_total";
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final BundleContext context;
  private final Tables tables;

  @Activate
  public Health(BundleContext context, @Reference Tables tables) {
    this.context = context;
    this.tables = tables;
  }

  @Override
  public Map<String, Object> call() throws InterruptedException, InvalidSyntaxException {
    List<String> faults = new ArrayList<>();
    if (!tables.settle(PATIENCE)) {
      faults.addAll(tables.unsettled());
    }
    tables.all().forEach(table -> add(table, faults));
    return Map.of(FAULTS, faults, WRITES, writes());
  }

  private static <K, R> void add(Table<K, R> table, List<String> faults) {
    String name = "table " + table.id() + ": ";
    if (!table.snapshot().synced()) {
      faults.add(name + "nobody has written all of it yet");
    }
    for (Map.Entry<String, Integer> stale : stale(table).entrySet()) {
      faults.add(name + "rows of " + stale.getKey() + " are stale");
    }
    table
        .unreconciled()
        .forEach(
            (key, statuses) ->
                statuses.forEach(
                    (reconciler, status) -> {
                      if (status instanceof Status.Failed failed) {
                        faults.add(name + key + ": " + failed.problem().sentence());
                      }
                    }));
  }

  /** How many rows are stale, by the bundle that wrote them. */
  public static <K, R> Map<String, Integer> stale(Table<K, R> table) {
    Map<String, Integer> stale = new TreeMap<>();
    for (Row<K, R> row : table.snapshot().rows()) {
      if (row.stale()) {
        stale.merge(row.owner().bundle(), 1, Integer::sum);
      }
    }
    return stale;
  }

  private Map<String, Long> writes() throws InvalidSyntaxException {
    Map<String, Long> writes = new TreeMap<>();
    for (ServiceReference<Metric> reference : context.getServiceReferences(Metric.class, null)) {
      Metric metric = context.getService(reference);
      if (metric != null && metric.name().equals(MAP_WRITES)) {
        metric
            .samples()
            .get()
            .forEach(
                sample -> writes.merge(sample.labels().get(0), (long) sample.value(), Long::sum));
      }
      context.ungetService(reference);
    }
    return writes;
  }
}
