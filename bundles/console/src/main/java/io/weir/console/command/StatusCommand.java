package io.weir.console.command;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.StateFiles;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.Status;
import io.weir.api.table.Table;
import io.weir.api.table.Tables;
import io.weir.linux.KernelReport;
import io.weir.linux.Linux;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/** Whether all that was asked for is in force, and if not, what is not and why. */
@Service
@Command(
    scope = "weir",
    name = "status",
    description = "Whether all is in force, and what is not, and why; exit code 0 only if all is.")
public final class StatusCommand implements Action {
  /** What has just been written is given this long to have its effect. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final int MOST_ROWS = 20;

  @Reference private Tables tables;
  @Reference private StateFiles files;
  @Reference private Linux linux;
  @Reference private BundleContext context;
  @Reference private ServiceComponentRuntime components;

  @Override
  public Object execute() throws InterruptedException {
    boolean settled = tables.settle(PATIENCE);
    Report report = new Report(Listing.of("part", "state", "what"));
    Duration up = Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
    report.good("engine", files.places().node() + ", up " + up.toSeconds() + " s");
    kernel(report);
    bundles(report);
    tables(report, settled);
    sources(report);
    return report.listing();
  }

  private void kernel(Report report) {
    KernelReport kernel = linux.kernel();
    if (kernel.problems().isEmpty()) {
      report.good("kernel", kernel.release());
    }
    kernel.problems().forEach(problem -> report.bad("kernel", problem.sentence()));
    for (KernelReport.Feature feature : kernel.lacking()) {
      String why = feature.why().isEmpty() ? "" : " (" + feature.why() + ")";
      report.lack("kernel", feature.name() + why + ": " + feature.cost());
    }
  }

  private void bundles(Report report) {
    Bundles bundles = new Bundles(context, components);
    int count = 0;
    for (Bundle bundle : bundles.all()) {
      List<String> faults = bundles.faults(bundle);
      faults.forEach(fault -> report.bad("bundle " + bundle.getSymbolicName(), fault));
      count += faults.isEmpty() ? 1 : 0;
    }
    report.good("bundles", count + " at work");
  }

  private void tables(Report report, boolean settled) {
    int rows = 0;
    for (Table<?, ?> table : tables.all()) {
      rows += table.snapshot().size();
      unreconciled(report, table);
      if (!table.snapshot().synced()) {
        report.bad("table " + table.id(), "nobody has written all of it yet");
      }
    }
    BundleList.stale(tables.all())
        .forEach(
            (owner, stale) ->
                report.bad(
                    "bundle " + owner,
                    stale + " rows that it wrote stay in force, and nobody keeps them up to date"));
    if (!settled) {
      tables.unsettled().forEach(sentence -> report.bad("loop", sentence));
    }
    report.good("tables", tables.all().size() + " with " + rows + " rows");
  }

  private static <K, R> void unreconciled(Report report, Table<K, R> table) {
    Map<String, String> lines = new TreeMap<>();
    table
        .unreconciled()
        .forEach(
            (key, statuses) ->
                statuses.forEach(
                    (reconciler, status) ->
                        lines.put(
                            key + " by " + reconciler,
                            status instanceof Status.Failed failed
                                ? failed.problem().sentence()
                                : "not yet in force")));
    lines.entrySet().stream()
        .limit(MOST_ROWS)
        .forEach(line -> report.bad("table " + table.id(), line.getKey() + ": " + line.getValue()));
    if (lines.size() > MOST_ROWS) {
      report.bad(
          "table " + table.id(),
          (lines.size() - MOST_ROWS) + " more rows; weir reconcile lists them");
    }
  }

  private void sources(Report report) {
    for (Row<SourceProblem.Key, SourceProblem> row :
        tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().rows()) {
      String bundle = row.key().bundle();
      for (Problem refusal : row.value().refusals()) {
        report.bad(bundle, refusal.sentence());
      }
      for (Problem warning : row.value().warnings()) {
        report.lack(bundle, warning.sentence());
      }
    }
  }

  /** Rows, and whether one of them is bad. */
  private static final class Report {
    private final Listing.Builder listing;

    Report(Listing.Builder listing) {
      this.listing = listing;
    }

    void good(String part, String what) {
      listing.row(part, "ok", what);
    }

    /** Something that is not there or has no effect, without which the rest is in force. */
    void lack(String part, String what) {
      listing.row(part, "lacks", what);
    }

    void bad(String part, String what) {
      listing.row(part, "failed", what);
      listing.incomplete();
    }

    Listing listing() {
      return listing.build();
    }
  }
}
