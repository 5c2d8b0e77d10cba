package io.weir.datapath;

import static java.util.stream.Collectors.toSet;

import io.weir.api.Problem;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Uplink;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.TableId;
import io.weir.api.table.Tables;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the mirrored maps should hold, computed from the tables as they are, and from nothing that
 * an earlier step has left.
 *
 * @param entries by map; of {@code policy_slots} those that are not empty
 * @param frontends of {@code services} and {@code backends}, where the place in the array is free
 */
record WantedMaps(
    LocalNode node,
    List<Endpoint> endpoints,
    List<Uplink> uplinks,
    List<Frontend> frontends,
    Map<String, Map<Bytes, byte[]>> entries) {

  /**
   * @throws io.weir.api.ProblemException when not every table is known yet
   */
  static WantedMaps of(Tables tables, FlowTimes times, MasqueradeSettings masquerading) {
    Map<TableId<?, ?>, Snapshot<?, ?>> snapshots = new HashMap<>();
    for (TableId<?, ?> id : Datapath.FOLLOWED) {
      Snapshot<?, ?> snapshot = tables.table(id).snapshot();
      if (!snapshot.synced()) {
        throw Problem.of("table " + id.name(), "the rows of all its owners", "not all of them yet")
            .remedy("see weir status")
            .asException();
      }
      snapshots.put(id, snapshot);
    }
    LocalNode node =
        rows(snapshots, WeirTables.LOCAL_NODE).stream()
            .findFirst()
            .map(Row::value)
            .orElseThrow(
                () -> Problem.of("table local-node", "the row of this node", "none").asException());
    List<CompiledPolicy> compiled = values(snapshots, WeirTables.COMPILED_POLICIES);
    List<Endpoint> endpoints = values(snapshots, WeirTables.ENDPOINTS);
    List<Uplink> uplinks = values(snapshots, WeirTables.UPLINKS);

    Map<String, Map<Bytes, byte[]>> entries = new LinkedHashMap<>();
    addPolicies(compiled, entries);
    EndpointEntries pods =
        EndpointEntries.of(
            new EndpointMaps.Wanted(
                node,
                times,
                endpoints,
                usable(rows(snapshots, WeirTables.ENDPOINT_POLICIES), compiled),
                values(snapshots, WeirTables.BLOCK_IDENTITIES),
                values(snapshots, WeirTables.PREFIX_IDENTITIES)));
    entries.put("config", Map.of(new Bytes(Revisions.word(0)), pods.config()));
    entries.put("prefixes", pods.prefixes());
    entries.put("endpoints", pods.endpoints());
    entries.put("addresses", pods.addresses());
    entries.put("netns", pods.namespaces());
    Map<Bytes, byte[]> devices = new LinkedHashMap<>();
    uplinks.forEach(
        row -> devices.put(new Bytes(Revisions.word(row.ifindex())), MasqueradeMaps.encode(row)));
    entries.put("uplinks", devices);
    entries.put("unmasqueraded", MasqueradeMaps.blocks(node.podCidrs(), masquerading));
    entries.put(
        "masquerade", Map.of(new Bytes(Revisions.word(0)), MasqueradeMaps.encode(masquerading)));
    return new WantedMaps(
        node, endpoints, uplinks, values(snapshots, WeirTables.FRONTENDS), entries);
  }

  private static void addPolicies(
      List<CompiledPolicy> compiled, Map<String, Map<Bytes, byte[]>> entries) {
    Map<Bytes, byte[]> slots = new LinkedHashMap<>();
    Map<Bytes, byte[]> classes = new LinkedHashMap<>();
    Map<Bytes, byte[]> rules = new LinkedHashMap<>();
    for (CompiledPolicy policy : compiled) {
      PolicyEncoding encoding = PolicyEncoding.of(policy);
      slots.put(new Bytes(Revisions.word(policy.slot())), encoding.slot());
      classes.putAll(encoding.classes());
      rules.putAll(encoding.rules());
    }
    entries.put("policy_rules", rules);
    entries.put("policy_classes", classes);
    entries.put("policy_slots", slots);
  }

  /** An endpoint is ready when both its slots are compiled. */
  private static Map<Integer, EndpointPolicy> usable(
      Iterable<Row<Integer, EndpointPolicy>> policies, List<CompiledPolicy> compiled) {
    Set<Integer> slots = compiled.stream().map(CompiledPolicy::slot).collect(toSet());
    Map<Integer, EndpointPolicy> usable = new HashMap<>();
    for (Row<Integer, EndpointPolicy> row : policies) {
      if (slots.contains(row.value().egressSlot()) && slots.contains(row.value().ingressSlot())) {
        usable.put(row.key(), row.value());
      }
    }
    return usable;
  }

  @SuppressWarnings("unchecked") // a table's snapshot has the types of its id
  private static <K, R> List<Row<K, R>> rows(
      Map<TableId<?, ?>, Snapshot<?, ?>> snapshots, TableId<K, R> id) {
    return List.copyOf(((Snapshot<K, R>) snapshots.get(id)).rows());
  }

  private static <K, R> List<R> values(
      Map<TableId<?, ?>, Snapshot<?, ?>> snapshots, TableId<K, R> id) {
    return rows(snapshots, id).stream().map(Row::value).toList();
  }
}
