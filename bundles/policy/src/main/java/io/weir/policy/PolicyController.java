package io.weir.policy;

import io.weir.api.Clock;
import io.weir.api.Problem;
import io.weir.api.Settings;
import io.weir.api.StateFiles;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Change;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Reporter;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Status;
import io.weir.api.table.Tables;
import io.weir.policy.compile.Kept;
import io.weir.policy.compile.Mode;
import io.weir.policy.compile.PolicyEngine;
import io.weir.policy.compile.Workload;
import io.weir.policy.spec.LabelSet;
import io.weir.policy.spec.PolicyReader;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Keeps compiled policies what resources, identities and endpoints demand. */
@Component(service = PolicyController.class, immediate = true)
public final class PolicyController {
  private static final Owner OWNER = Owner.of("io.weir.policy");

  /** The shortest time between two savings of all versions in force. */
  private static final Duration BETWEEN_SAVES = Duration.ofSeconds(1);

  private final Tables tables;
  private final StateFiles files;
  private final Clock clock;
  private final PolicyEngine engine;
  private final PolicyBook book;
  private final Places places = new Places();
  private final Workloads workloads = new Workloads();
  private final Writers writers;
  private final Warnings warnings;
  private final Reporter<ResourceKey> reporter;
  private final Settings.View settings;

  /** Held until the loops are known, by each step, and by those who ask. */
  private final Object turn = new Object();

  private final Loop loop;
  private final Loop identityLoop;

  /** What the last {@link #step} saw of {@link WeirTables#IDENTITIES}. */
  private long identitiesRevision = -1;

  private Map<Integer, Workload> current = Map.of();

  /** Policies that changed while inputs were not complete. */
  private final Set<ResourceKey> unreported = new HashSet<>();

  private boolean complete;

  private Instant versionsSaved = Instant.EPOCH;

  /** Starts following resources, identities and endpoints. */
  @Activate
  public PolicyController(
      @Reference Tables tables,
      @Reference Settings settings,
      @Reference StateFiles files,
      @Reference Clock clock) {
    this.tables = tables;
    this.files = files;
    this.clock = clock;
    engine = new PolicyEngine(Kept.decode(files.read(Kept.FILE)), now());
    book = new PolicyBook(engine, LastGood.decode(files.read(LastGood.FILE)));
    writers = new Writers(tables, OWNER);
    warnings = new Warnings(tables, OWNER);
    reporter =
        tables
            .table(WeirTables.RESOURCES)
            .reporter(OWNER.bundle(), key -> PolicyReader.KINDS.contains(key.kind()));
    synchronized (turn) {
      this.settings = settings.declare(OWNER.bundle(), this::wake, PolicySettings.ALL);
      loop =
          tables.loop(
              OWNER.bundle(),
              List.of(
                  WeirTables.ENDPOINT_IDENTITIES,
                  WeirTables.ENDPOINTS,
                  WeirTables.RESOURCES,
                  WeirTables.LOCAL_NODE,
                  WeirTables.PREFIX_IDENTITIES),
              inputs -> {
                synchronized (turn) {
                  step(inputs);
                }
              });
      identityLoop =
          tables.loop(
              OWNER.bundle() + ".identities", List.of(WeirTables.IDENTITIES), this::identities);
    }
  }

  /** Ends; rows, numbers and last good versions stay for the successor. */
  @Deactivate
  public void deactivate() {
    settings.close();
    identityLoop.close();
    loop.close();
    reporter.close();
    warnings.close();
    writers.close();
    synchronized (turn) {
      versionsSaved = Instant.EPOCH;
      saveVersions();
    }
  }

  /** What became of the policies that are written. */
  public List<PolicyLine> lines() {
    synchronized (turn) {
      Map<Integer, LabelSet> labels = new HashMap<>();
      identities()
          .forEach((number, identity) -> labels.put(number, new LabelSet(identity.labels())));
      return book.standings().values().stream()
          .map(
              standing ->
                  PolicyLine.of(standing, engine.policy(standing.written().key()), current, labels))
          .toList();
    }
  }

  private void wake() {
    synchronized (turn) {
      loop.wake();
    }
  }

  /** Identities are written here, too, so that the main loop cannot follow them itself. */
  private void identities(Inputs inputs) {
    boolean others =
        inputs.changes(WeirTables.IDENTITIES).stream().anyMatch(change -> !isBlock(change.key()));
    if (others) {
      wake();
    }
  }

  private void step(Inputs inputs) {
    Snapshot<ResourceKey, Resource> resources = inputs.snapshot(WeirTables.RESOURCES);
    Set<ResourceKey> changed = new HashSet<>();
    book.cidrsMatchNodes(settings.get(PolicySettings.CIDR_MATCH_MODE));
    for (Change<ResourceKey, Resource> change : inputs.changes(WeirTables.RESOURCES)) {
      places.apply(change);
      if (PolicyReader.KINDS.contains(change.key().kind())) {
        changed.add(change.key());
        change.after().ifPresentOrElse(book::put, () -> book.remove(change.key()));
      }
    }
    if (!resources.synced()
        || !inputs.snapshot(WeirTables.ENDPOINTS).synced()
        || !inputs.snapshot(WeirTables.ENDPOINT_IDENTITIES).synced()) {
      unreported.addAll(changed);
      return;
    }
    compile(inputs);
    changed.addAll(unreported);
    warnings.write(inputs, book, engine, current, identities());
    report(changed, resources);
    unreported.clear();
  }

  private void compile(Inputs inputs) {
    Snapshot<ResourceKey, Resource> resources = inputs.snapshot(WeirTables.RESOURCES);
    current =
        workloads.of(
            values(inputs.snapshot(WeirTables.ENDPOINT_IDENTITIES)),
            inputs.snapshot(WeirTables.ENDPOINTS)::get,
            resources::get);
    places.nodes(
        inputs.snapshot(WeirTables.LOCAL_NODE).get(LocalNode.KEY),
        values(inputs.snapshot(WeirTables.PREFIX_IDENTITIES)));
    if (!complete) {
      book.retain(resources.rows().stream().map(Row::key).toList());
      complete = true;
    }
    long revision = tables.table(WeirTables.IDENTITIES).snapshot().revision();
    if (revision != identitiesRevision) {
      engine.identities(identities());
      identitiesRevision = revision;
    }
    engine.workloads(current);
    engine.places(
        places.apiServers(),
        settings.get(PolicySettings.CIDR_MATCH_MODE) ? places.nodes() : Set.of());
    engine.mode(
        new Mode(
            settings.get(PolicySettings.ENABLE_POLICY),
            settings.get(PolicySettings.AUDIT_MODE),
            settings.get(PolicySettings.ALLOW_LOCALHOST) != PolicySettings.Localhost.POLICY));
    engine.update(now());
    save();
    writers.write(engine);
    saveVersions();
    engine.nextUpdate().ifPresent(this::wakeAt);
  }

  private void save() {
    if (engine.unsaved()) {
      files.write(Kept.FILE, engine.kept().encode());
      engine.saved();
    }
  }

  /** After their use, and not more often than once in a while: they are for a later start only. */
  private void saveVersions() {
    if (!book.unsaved()) {
      return;
    }
    Instant due = versionsSaved.plus(BETWEEN_SAVES);
    if (due.isAfter(now())) {
      wakeAt(due);
      return;
    }
    files.write(LastGood.FILE, LastGood.encode(book.inForce()));
    book.saved();
    versionsSaved = now();
  }

  private void report(Set<ResourceKey> keys, Snapshot<ResourceKey, Resource> resources) {
    for (ResourceKey key : keys) {
      Optional<Row<ResourceKey, Resource>> row = resources.row(key);
      PolicyBook.Standing standing = book.standings().get(key);
      if (row.isPresent() && standing != null) {
        Optional<Problem> problem = standing.problem();
        reporter.report(
            key,
            row.get().revision(),
            problem.isPresent() ? new Status.Failed(problem.get()) : Status.DONE);
      }
    }
  }

  private Map<Integer, Identity> identities() {
    Map<Integer, Identity> identities = new HashMap<>();
    for (Row<Integer, Identity> row : tables.table(WeirTables.IDENTITIES).snapshot().rows()) {
      if (!isBlock(row.key())) {
        identities.put(row.key(), row.value());
      }
    }
    return identities;
  }

  private static boolean isBlock(int number) {
    return (number & (Identity.SCOPE_BLOCK | Identity.SCOPE_MANAGED_BLOCK)) != 0;
  }

  private static <R> List<R> values(Snapshot<?, R> snapshot) {
    return snapshot.rows().stream().map(Row::value).toList();
  }

  private void wakeAt(Instant at) {
    Duration wait = Duration.between(now(), at);
    loop.wakeAfter(wait.isNegative() ? Duration.ZERO : wait);
  }

  /** Since boot: what is to pass must not depend on wall time, which is set now and then. */
  private Instant now() {
    return Instant.EPOCH.plusNanos(clock.monotonicNanos());
  }
}
