package io.weir.services;

import io.weir.api.Clock;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.StateFiles;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Reporter;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Status;
import io.weir.api.table.Tables;
import io.weir.services.ServiceBook.Standing;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Services and EndpointSlices → frontends. Numbers are on the disk before anyone can see them. */
@Component(
    immediate = true,
    service = {})
public final class ServicesController {
  private static final Owner OWNER = Owner.of("io.weir.services");
  private static final Duration READ_AGAIN = Duration.ofSeconds(5);

  private final StateFiles files;
  private final Clock clock;
  private final ServiceBook book = new ServiceBook();
  private final Epoch<FrontendKey, Frontend> frontends;
  private final Epoch<SourceProblem.Key, SourceProblem> warnings;
  private final Reporter<ResourceKey> reporter;
  private final Loop loop;

  /** Empty until the file could be read. */
  private Optional<Ids> known = Optional.empty();

  /** What was last said of each service. */
  private final Map<ResourceKey, Report> reported = new HashMap<>();

  /** Whether there is something to do without a change: at first, and after a failure. */
  private boolean due = true;

  private record Report(long revision, Status status) {}

  /** Starts following resources. */
  @Activate
  public ServicesController(
      @Reference Tables tables, @Reference StateFiles files, @Reference Clock clock) {
    this.files = files;
    this.clock = clock;
    frontends = tables.table(WeirTables.FRONTENDS).write(OWNER);
    warnings = tables.table(WeirTables.SOURCE_PROBLEMS).write(OWNER);
    reporter =
        tables
            .table(WeirTables.RESOURCES)
            .reporter(OWNER.bundle(), key -> key.kind().equals("Service"));
    synchronized (this) { // a step waits until the loop is known
      loop = tables.loop(OWNER.bundle(), List.of(WeirTables.RESOURCES), this::step);
    }
  }

  /** Ends; rows and numbers stay for the successor. */
  @Deactivate
  public void deactivate() {
    loop.close();
    reporter.close();
    warnings.close();
    frontends.close();
  }

  private synchronized void step(Inputs inputs) {
    due |= book.apply(inputs.changes(WeirTables.RESOURCES));
    Snapshot<ResourceKey, Resource> resources = inputs.snapshot(WeirTables.RESOURCES);
    if (!due || !resources.synced()) {
      return;
    }
    SortedMap<ResourceKey, Standing> standings = book.standings();
    warn(standings);
    Ids ids;
    try {
      ids = known.orElseGet(this::read);
    } catch (ProblemException e) {
      report(standings, resources, key -> Optional.of(e.problem()));
      loop.wakeAfter(READ_AGAIN);
      return;
    }
    known = Optional.of(ids);
    Frontends outcome = Frontends.number(standings, ids, clock.monotonicNanos());
    if (ids.unsaved()) {
      files.write(IdsFile.NAME, IdsFile.encode(ids.content()));
      ids.saved();
    }
    frontends.set(outcome.rows());
    report(standings, resources, key -> Optional.ofNullable(outcome.refused().get(key)));
    due = !outcome.refused().isEmpty();
    if (due) {
      ids.nextRelease()
          .ifPresent(at -> loop.wakeAfter(Duration.ofNanos(at - clock.monotonicNanos())));
    }
  }

  private Ids read() {
    return new Ids(
        files.read(IdsFile.NAME).map(IdsFile::decode).orElse(IdsFile.Content.EMPTY),
        clock.monotonicNanos());
  }

  private void warn(SortedMap<ResourceKey, Standing> standings) {
    Map<SourceProblem.Key, SourceProblem> rows = new HashMap<>();
    standings.forEach((key, standing) -> warn(key, standing.warnings(), rows));
    book.sliceWarnings().forEach((key, list) -> warn(key, list, rows));
    warnings.set(rows);
  }

  private static void warn(
      ResourceKey of, List<Problem> list, Map<SourceProblem.Key, SourceProblem> rows) {
    if (!list.isEmpty()) {
      SourceProblem.Key key = new SourceProblem.Key(OWNER.bundle(), of.toString());
      rows.put(key, new SourceProblem(key, List.of(), list));
    }
  }

  private void report(
      SortedMap<ResourceKey, Standing> standings,
      Snapshot<ResourceKey, Resource> resources,
      Function<ResourceKey, Optional<Problem>> refusal) {
    reported.keySet().retainAll(standings.keySet());
    for (ResourceKey key : standings.keySet()) {
      Optional<Row<ResourceKey, Resource>> row = resources.row(key);
      if (row.isPresent()) {
        Status status = refusal.apply(key).<Status>map(Status.Failed::new).orElse(Status.DONE);
        Report now = new Report(row.get().revision(), status);
        if (!now.equals(reported.put(key, now))) {
          reporter.report(key, now.revision(), status);
        }
      }
    }
  }
}
