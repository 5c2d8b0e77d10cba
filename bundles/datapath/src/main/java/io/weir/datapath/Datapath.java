package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Uplink;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Change;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Reporter;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Status;
import io.weir.api.table.TableId;
import io.weir.api.table.Tables;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Tables in, maps out, in the order that never lets a packet meet a reference before what it refers
 * to: policies, services, prefixes, endpoints; then what is to go; then revisions. Nothing is taken
 * out of the kernel before the tables that say so have synced, so an engine that starts leaves
 * traffic as it is.
 */
final class Datapath implements AutoCloseable {
  static final String NAME = "io.weir.datapath";

  private static final Duration RETRY = Duration.ofSeconds(10);

  /** References before what they refer to: see {@link Tables#loop}. */
  static final List<TableId<?, ?>> FOLLOWED =
      List.of(
          WeirTables.ENDPOINT_POLICIES,
          WeirTables.BLOCK_IDENTITIES,
          WeirTables.PREFIX_IDENTITIES,
          WeirTables.ENDPOINTS,
          WeirTables.COMPILED_POLICIES,
          WeirTables.FRONTENDS,
          WeirTables.UPLINKS,
          WeirTables.LOCAL_NODE);

  private static final List<TableId<?, ?>> OF_ENDPOINTS =
      List.of(
          WeirTables.ENDPOINT_POLICIES,
          WeirTables.BLOCK_IDENTITIES,
          WeirTables.PREFIX_IDENTITIES,
          WeirTables.ENDPOINTS,
          WeirTables.LOCAL_NODE);

  private final Supplier<FlowTimes> times;
  private final Supplier<MasqueradeSettings> masquerading;
  private final Revisions revisions;
  private final PolicyMaps policies;
  private final ServiceMaps services;
  private final EndpointMaps endpoints;
  private final MasqueradeMaps masquerade;
  private final Reporter<String> uplinkReporter;
  private final Reporter<Integer> endpointReporter;
  private final Reporter<Integer> policyReporter;
  private final Reporter<FrontendKey> frontendReporter;
  private final Loop loop;

  /** Rows that did not fit, to be tried again. */
  private final Set<Integer> failedSlots = new HashSet<>();

  private final Set<FrontendKey> failedFrontends = new HashSet<>();
  private FlowTimes timesInForce;
  private final Kernel kernel;
  private boolean endpointsFailed;
  private boolean uplinksFailed;
  private boolean policiesAdopted;
  private boolean servicesAdopted;
  private boolean masqueradeAdopted;
  private boolean tidied;
  private volatile boolean decideAnew;

  Datapath(
      Tables tables,
      Kernel kernel,
      Supplier<FlowTimes> times,
      Supplier<MasqueradeSettings> masquerading) {
    this.kernel = kernel;
    this.times = times;
    this.masquerading = masquerading;
    revisions = new Revisions(kernel.map("revisions"));
    policies = new PolicyMaps(kernel, revisions);
    services = new ServiceMaps(kernel, revisions);
    endpoints = new EndpointMaps(kernel, revisions);
    masquerade = new MasqueradeMaps(kernel, endpoints::raiseAll);
    uplinkReporter = tables.table(WeirTables.UPLINKS).reporter(NAME);
    endpointReporter = tables.table(WeirTables.ENDPOINTS).reporter(NAME);
    policyReporter = tables.table(WeirTables.COMPILED_POLICIES).reporter(NAME);
    frontendReporter = tables.table(WeirTables.FRONTENDS).reporter(NAME);
    decideAnew = kernel.otherAbi(); // whose policies nobody has compared with those of now
    loop = tables.loop(NAME, FOLLOWED, this::step);
  }

  /** Runs a step, as when a setting has changed. */
  void wake() {
    loop.wake();
  }

  /** Has all flows decided anew, once the maps are what they should be. */
  void decideAnew() {
    decideAnew = true;
    loop.wake();
  }

  @Override
  public void close() {
    loop.close();
    endpointReporter.close();
    uplinkReporter.close();
    policyReporter.close();
    frontendReporter.close();
  }

  private void step(Inputs inputs) {
    stepServices(inputs);
    stepMasquerade(inputs);
    stepPolicies(inputs);
    if (decideAnew && policiesAdopted && servicesAdopted) {
      decideAnew = false;
      endpoints.raiseAll();
      services.raiseAll();
    }
    revisions.flush();
    services.flushed();
    if (!tidied && policiesAdopted && servicesAdopted && masqueradeAdopted) {
      kernel.tidy();
      tidied = true;
    }
    if (uplinksFailed || endpointsFailed || !failedSlots.isEmpty() || !failedFrontends.isEmpty()) {
      loop.wakeAfter(RETRY);
    }
  }

  private void stepServices(Inputs inputs) {
    Snapshot<FrontendKey, Frontend> frontends = inputs.snapshot(WeirTables.FRONTENDS);
    if (!servicesAdopted) {
      if (!frontends.synced()) {
        return;
      }
      frontends.rows().forEach(this::putFrontend);
      Set<FrontendKey> wanted = new HashSet<>();
      frontends.rows().forEach(row -> wanted.add(row.key()));
      services.others(wanted).forEach(services::remove);
      servicesAdopted = true;
      return;
    }
    Set<FrontendKey> again = Set.copyOf(failedFrontends);
    for (Change<FrontendKey, Frontend> change : inputs.changes(WeirTables.FRONTENDS)) {
      if (change.after().isEmpty()) {
        services.remove(change.key());
        failedFrontends.remove(change.key());
      } else {
        frontends.row(change.key()).ifPresent(this::putFrontend);
      }
    }
    again.forEach(key -> frontends.row(key).ifPresent(this::putFrontend));
  }

  private void putFrontend(Row<FrontendKey, Frontend> row) {
    try {
      services.put(row.value());
      failedFrontends.remove(row.key());
      frontendReporter.report(row.key(), row.revision(), Status.DONE);
    } catch (ProblemException e) {
      failedFrontends.add(row.key());
      frontendReporter.report(row.key(), row.revision(), new Status.Failed(e.problem()));
    }
  }

  private void stepMasquerade(Inputs inputs) {
    Snapshot<String, Uplink> uplinks = inputs.snapshot(WeirTables.UPLINKS);
    Optional<LocalNode> node = inputs.snapshot(WeirTables.LOCAL_NODE).get(LocalNode.KEY);
    if (!uplinks.synced() || node.isEmpty()) {
      return;
    }
    Map<String, Problem> problems =
        masquerade.put(values(uplinks), node.get().podCidrs(), masquerading.get());
    uplinksFailed = !problems.isEmpty();
    masqueradeAdopted = true;
    for (Row<String, Uplink> row : uplinks.rows()) {
      Problem problem = problems.get(row.key());
      uplinkReporter.report(
          row.key(), row.revision(), problem == null ? Status.DONE : new Status.Failed(problem));
    }
  }

  private void stepPolicies(Inputs inputs) {
    Snapshot<Integer, CompiledPolicy> compiled = inputs.snapshot(WeirTables.COMPILED_POLICIES);
    if (!policiesAdopted) {
      if (!compiled.synced()
          || !OF_ENDPOINTS.stream().allMatch(id -> inputs.snapshot(id).synced())) {
        return;
      }
      compiled.rows().forEach(this::putPolicy);
      putEndpoints(inputs);
      policiesAdopted = true;
    } else {
      Set<Integer> again = Set.copyOf(failedSlots);
      boolean installed = false;
      for (Change<Integer, CompiledPolicy> change : inputs.changes(WeirTables.COMPILED_POLICIES)) {
        installed |= !policies.has(change.key());
        compiled.row(change.key()).ifPresent(this::putPolicy);
      }
      again.forEach(slot -> compiled.row(slot).ifPresent(this::putPolicy));
      if (installed
          || endpointsFailed
          || !again.isEmpty()
          || !times.get().equals(timesInForce)
          || OF_ENDPOINTS.stream().anyMatch(inputs::changed)) {
        putEndpoints(inputs);
      }
    }
    for (int slot : policies.slots()) {
      if (compiled.get(slot).isEmpty() && !endpoints.refersTo(slot)) {
        policies.remove(slot);
        failedSlots.remove(slot);
      }
    }
  }

  private void putPolicy(Row<Integer, CompiledPolicy> row) {
    try {
      policies.put(row.value());
      failedSlots.remove(row.key());
      policyReporter.report(row.key(), row.revision(), Status.DONE);
    } catch (ProblemException e) {
      failedSlots.add(row.key());
      policyReporter.report(row.key(), row.revision(), new Status.Failed(e.problem()));
    }
  }

  private void putEndpoints(Inputs inputs) {
    LocalNode node =
        inputs
            .snapshot(WeirTables.LOCAL_NODE)
            .get(LocalNode.KEY)
            .orElseThrow(
                () -> Problem.of("table local-node", "the row of this node", "none").asException());
    Map<Integer, EndpointPolicy> usable = new HashMap<>();
    for (Row<Integer, EndpointPolicy> row : inputs.snapshot(WeirTables.ENDPOINT_POLICIES).rows()) {
      if (policies.has(row.value().egressSlot()) && policies.has(row.value().ingressSlot())) {
        usable.put(row.key(), row.value());
      }
    }
    FlowTimes now = times.get();
    Snapshot<Integer, Endpoint> pods = inputs.snapshot(WeirTables.ENDPOINTS);
    Map<Integer, Problem> problems =
        endpoints.put(
            new EndpointMaps.Wanted(
                node,
                now,
                values(pods),
                usable,
                values(inputs.snapshot(WeirTables.BLOCK_IDENTITIES)),
                values(inputs.snapshot(WeirTables.PREFIX_IDENTITIES))));
    timesInForce = now;
    endpointsFailed = !problems.isEmpty();
    for (Row<Integer, Endpoint> row : pods.rows()) {
      Problem problem = problems.get(row.key());
      if (problem != null) {
        endpointReporter.report(row.key(), row.revision(), new Status.Failed(problem));
      } else if (usable.containsKey(row.key())) {
        endpointReporter.report(row.key(), row.revision(), Status.DONE);
      } else {
        endpointReporter.report(row.key(), row.revision(), Status.PENDING);
      }
    }
  }

  private static <K, R> List<R> values(Snapshot<K, R> snapshot) {
    return snapshot.rows().stream().map(Row::value).toList();
  }
}
