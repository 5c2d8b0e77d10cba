package io.weir.manifests;

import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.Status;
import io.weir.api.table.Tables;
import io.weir.manifests.schema.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Resources together with what the node knows of them, for people to look at. */
final class Picture {
  private final Tables tables;
  private final TreeMap<ResourceKey, Resource> resources = new TreeMap<>();
  private final Map<ResourceKey, Endpoint> endpoints = new HashMap<>();
  private final Optional<LocalNode> node;

  private Picture(Tables tables) {
    this.tables = tables;
    node = tables.table(WeirTables.LOCAL_NODE).snapshot().get(LocalNode.KEY);
  }

  static Picture of(Tables tables) {
    Picture picture = new Picture(tables);
    for (Row<Integer, Endpoint> row : tables.table(WeirTables.ENDPOINTS).snapshot().rows()) {
      Endpoint endpoint = row.value();
      picture.endpoints.put(new ResourceKey("Pod", endpoint.namespace(), endpoint.pod()), endpoint);
    }
    for (Row<ResourceKey, Resource> row : tables.table(WeirTables.RESOURCES).snapshot().rows()) {
      picture.resources.put(row.key(), picture.withStatus(row.value()));
    }
    picture.node.ifPresent(
        local ->
            picture.resources.computeIfAbsent(
                new ResourceKey("Node", "", local.name()), key -> nodeOf(key, local)));
    return picture;
  }

  Optional<Resource> one(ResourceKey key) {
    return Optional.ofNullable(resources.get(key));
  }

  /**
   * In the order of names.
   *
   * @param namespace empty for all
   */
  List<Resource> all(Kind kind, String namespace) {
    return resources.values().stream()
        .filter(resource -> resource.key().kind().equals(kind.name()))
        .filter(
            resource ->
                !kind.namespaced()
                    || namespace.isEmpty()
                    || resource.key().namespace().equals(namespace))
        .toList();
  }

  Optional<Endpoint> endpoint(Resource pod) {
    return Optional.ofNullable(endpoints.get(pod.key()));
  }

  /** Of an endpoint; empty while it has none. */
  Optional<Integer> identity(Endpoint endpoint) {
    return tables
        .table(WeirTables.ENDPOINT_IDENTITIES)
        .snapshot()
        .get(endpoint.id())
        .map(row -> row.identity());
  }

  boolean isInForce(Endpoint endpoint) {
    return tables.table(WeirTables.ENDPOINTS).status(endpoint.id()).values().stream()
        .allMatch(Status.DONE::equals);
  }

  /** {@code True}, {@code False} or {@code Pending}, and the problem. */
  List<String> validity(Resource resource) {
    String problem = "";
    boolean pending = false;
    for (Status status : tables.table(WeirTables.RESOURCES).status(resource.key()).values()) {
      if (status instanceof Status.Failed failed) {
        problem = failed.problem().sentence();
      }
      pending |= status instanceof Status.Pending;
    }
    return List.of(!problem.isEmpty() ? "False" : pending ? "Pending" : "True", problem);
  }

  Optional<LocalNode> node() {
    return node;
  }

  /** Pods of this owner that have an endpoint in force. */
  long ready(ResourceKey owner) {
    return resources.values().stream()
        .filter(pod -> pod.key().kind().equals("Pod"))
        .filter(pod -> pod.origin().source().equals(owner.toString()))
        .filter(pod -> endpoint(pod).filter(this::isInForce).isPresent())
        .count();
  }

  /** ReplicaSets that were derived from this Deployment. */
  List<Resource> sets(Resource deployment) {
    return resources.values().stream()
        .filter(set -> set.key().kind().equals("ReplicaSet"))
        .filter(set -> set.origin().source().equals(deployment.key().toString()))
        .toList();
  }

  private Resource withStatus(Resource pod) {
    if (!pod.key().kind().equals("Pod") || pod.body().containsKey("status")) {
      return pod;
    }
    Map<String, Object> body = new LinkedHashMap<>(pod.body());
    List<Address> addresses = endpoint(pod).map(Endpoint::addresses).orElse(List.of());
    body.put(
        "status",
        addresses.isEmpty()
            ? Body.of("phase", "Pending")
            : Body.of(
                "phase", "Running",
                "podIP", addresses.get(0).toString(),
                "podIPs",
                    addresses.stream().map(ip -> (Object) Body.of("ip", ip.toString())).toList()));
    return new Resource(
        pod.key(), pod.apiVersion(), pod.labels(), pod.annotations(), body, pod.origin());
  }

  /** The node itself is there without having been written. */
  private static Resource nodeOf(ResourceKey key, LocalNode local) {
    List<Object> addresses = new ArrayList<>();
    local
        .addresses()
        .forEach(ip -> addresses.add(Body.of("type", "InternalIP", "address", ip.toString())));
    return new Resource(
        key,
        "v1",
        Map.of("kubernetes.io/hostname", local.name()),
        Map.of(),
        Map.of(
            "spec",
            Body.of("podCIDRs", local.podCidrs().stream().map(Prefix::toString).toList()),
            "status",
            Body.of("addresses", List.copyOf(addresses))),
        Resource.Origin.derived("the node itself"));
  }
}
