package io.weir.identity.command;

import io.weir.api.Listing;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.PolicyVerdict;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Status;
import io.weir.api.table.Tables;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Lists this node's endpoints, and whether what is known of them is in force. */
@Service
@Command(scope = "weir", name = "endpoints", description = "Pods' interfaces on this node")
public final class EndpointsCommand implements Action {
  @Reference private Tables tables;

  @Override
  public Object execute() {
    Snapshot<Integer, EndpointPolicy> policies =
        tables.table(WeirTables.ENDPOINT_POLICIES).snapshot();
    Snapshot<Integer, CompiledPolicy> compiled =
        tables.table(WeirTables.COMPILED_POLICIES).snapshot();
    List<Endpoint> endpoints =
        tables.table(WeirTables.ENDPOINTS).snapshot().rows().stream()
            .map(Row::value)
            .sorted(Comparator.comparingInt(Endpoint::id))
            .toList();
    Listing.Builder listing =
        Listing.of("id", "pod", "identity", "addresses", "enforcement", "state", "why");
    for (Endpoint endpoint : endpoints) {
      Optional<EndpointPolicy> policy = policies.get(endpoint.id());
      Status status = status(endpoint);
      listing.row(
          endpoint.id(),
          endpoint.namespace() + "/" + endpoint.pod(),
          policy.map(EndpointPolicy::identity).orElse(null),
          endpoint.addresses().stream().map(Object::toString).toList(),
          policy.map(row -> enforcement(row, compiled)).orElse(""),
          status instanceof Status.Done
              ? "ready"
              : status instanceof Status.Failed ? "failed" : "pending",
          status instanceof Status.Failed failed ? failed.problem().sentence() : "");
    }
    return listing.build();
  }

  /** Failed if some reconciler failed, done if all are done and there is one. */
  private Status status(Endpoint endpoint) {
    var statuses = tables.table(WeirTables.ENDPOINTS).status(endpoint.id()).values();
    return statuses.stream()
        .filter(status -> status instanceof Status.Failed)
        .findFirst()
        .orElse(
            !statuses.isEmpty() && statuses.stream().allMatch(Status.Done.class::isInstance)
                ? Status.DONE
                : Status.PENDING);
  }

  private static String enforcement(
      EndpointPolicy policy, Snapshot<Integer, CompiledPolicy> compiled) {
    List<String> isolated = new ArrayList<>();
    boolean audit = false;
    for (int slot : new int[] {policy.ingressSlot(), policy.egressSlot()}) {
      Optional<CompiledPolicy> row = compiled.get(slot);
      if (row.isPresent() && row.get().otherwise() == PolicyVerdict.DENY) {
        isolated.add(row.get().direction().name().toLowerCase(java.util.Locale.ROOT));
        audit |= row.get().audit();
      }
    }
    String directions = isolated.isEmpty() ? "none" : String.join("+", isolated);
    return audit ? directions + " (audit)" : directions;
  }
}
