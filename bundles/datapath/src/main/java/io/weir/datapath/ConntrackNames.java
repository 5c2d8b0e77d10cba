package io.weir.datapath;

import io.weir.api.row.Frontend;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.Tables;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/** What the numbers of a flow's entries stand for, as the tables have it now. */
record ConntrackNames(
    PodNames pods, IntFunction<Optional<PolicyRule>> rules, Map<Integer, ResourceKey> services) {
  static ConntrackNames of(Tables tables) {
    Map<Integer, ResourceKey> services = new HashMap<>();
    for (Row<?, Frontend> row : tables.table(WeirTables.FRONTENDS).snapshot().rows()) {
      services.put(row.value().serviceId(), row.value().service());
    }
    return new ConntrackNames(
        PodNames.of(tables), tables.table(WeirTables.POLICY_RULES).snapshot()::get, services);
  }

  Optional<String> source(ConntrackFlow flow) {
    return pods.apply(flow.sourceInterface());
  }

  Optional<String> destination(ConntrackFlow flow) {
    return pods.apply(flow.destinationInterface());
  }

  /** {@code NAMESPACE/NAME}. */
  Optional<String> service(ConntrackFlow flow) {
    return Optional.ofNullable(services.get(flow.service()))
        .map(key -> key.namespace() + "/" + key.name());
  }

  Optional<PolicyRule> rule(int id) {
    return id == 0 ? Optional.empty() : rules.apply(id);
  }
}
