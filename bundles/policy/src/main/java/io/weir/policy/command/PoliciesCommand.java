package io.weir.policy.command;

import io.weir.api.Listing;
import io.weir.api.row.Endpoint;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Tables;
import io.weir.policy.PolicyController;
import io.weir.policy.PolicyLine;
import java.util.List;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Lists policies: whether each is enforced, and for whom. */
@Service
@Command(scope = "weir", name = "policies", description = "Policies, and what became of them")
public final class PoliciesCommand implements Action {
  @Reference private PolicyController controller;
  @Reference private Tables tables;

  @Override
  public Object execute() {
    Snapshot<Integer, Endpoint> endpoints = tables.table(WeirTables.ENDPOINTS).snapshot();
    Listing.Builder listing =
        Listing.of("namespace", "name", "kind", "state", "rules", "endpoints", "why");
    for (PolicyLine line : controller.lines()) {
      List<String> selected =
          line.endpoints().stream()
              .map(
                  id ->
                      endpoints
                          .get(id)
                          .map(endpoint -> endpoint.namespace() + "/" + endpoint.pod())
                          .orElse(id.toString()))
              .toList();
      listing.row(
          line.key().namespace(),
          line.key().name(),
          line.key().kind(),
          line.state(),
          line.rules(),
          selected,
          line.why());
    }
    return listing.build();
  }
}
