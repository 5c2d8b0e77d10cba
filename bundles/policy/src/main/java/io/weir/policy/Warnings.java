package io.weir.policy;

import io.weir.api.Problem;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Identity;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Inputs;
import io.weir.api.table.Owner;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Tables;
import io.weir.policy.compile.PolicyEngine;
import io.weir.policy.compile.Workload;
import io.weir.policy.spec.LabelSet;
import io.weir.policy.spec.Policy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Tells the writers of policies that are in force what in them has no effect. */
final class Warnings implements AutoCloseable {
  private final String bundle;
  private final Epoch<SourceProblem.Key, SourceProblem> epoch;

  private boolean written;

  Warnings(Tables tables, Owner owner) {
    bundle = owner.bundle();
    epoch = tables.table(WeirTables.SOURCE_PROBLEMS).write(owner);
  }

  void write(
      Inputs inputs,
      PolicyBook book,
      PolicyEngine engine,
      Map<Integer, Workload> workloads,
      Map<Integer, Identity> identities) {
    boolean news =
        !written
            || inputs.changed(WeirTables.ENDPOINT_IDENTITIES)
            || inputs.changed(WeirTables.RESOURCES);
    if (!news) {
      return;
    }
    Set<String> leftOut = leftOut(inputs, workloads, identities);
    Map<SourceProblem.Key, SourceProblem> rows = new HashMap<>();
    for (PolicyBook.Standing standing : book.standings().values()) {
      Optional<Policy> policy = engine.policy(standing.written().key());
      if (standing.problem().isPresent() || policy.isEmpty()) {
        continue;
      }
      List<Problem> all = new ArrayList<>(policy.get().warnings());
      all.addAll(LeftOut.warnings(standing.written(), policy.get(), leftOut));
      if (!all.isEmpty()) {
        SourceProblem.Key key = new SourceProblem.Key(bundle, policy.get().key().toString());
        rows.put(key, new SourceProblem(key, List.of(), all));
      }
    }
    epoch.set(rows);
    written = true;
  }

  /** Labels that pods of this node have and their identities do not. */
  private static Set<String> leftOut(
      Inputs inputs, Map<Integer, Workload> workloads, Map<Integer, Identity> identities) {
    Snapshot<Integer, Endpoint> endpoints = inputs.snapshot(WeirTables.ENDPOINTS);
    Snapshot<ResourceKey, Resource> resources = inputs.snapshot(WeirTables.RESOURCES);
    Set<String> leftOut = new HashSet<>();
    workloads.forEach(
        (id, workload) -> {
          Identity identity = identities.get(workload.identity());
          Optional<Resource> pod =
              endpoints
                  .get(id)
                  .map(one -> new ResourceKey("Pod", one.namespace(), one.pod()))
                  .flatMap(resources::get);
          if (pod.isPresent() && identity != null && identity.number() >= Identity.FIRST_POD) {
            leftOut.addAll(LeftOut.labels(pod.get(), new LabelSet(identity.labels())));
          }
        });
    return leftOut;
  }

  @Override
  public void close() {
    epoch.close();
  }
}
