package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import io.weir.api.row.Resource.Origin;
import io.weir.api.row.ResourceKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * From what users wrote to all resources: ReplicaSets and pods of Deployments, namespaces that are
 * only named, addresses of services, EndpointSlices.
 */
final class Derivation {
  private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

  /**
   * What resources follow from.
   *
   * @param held addresses of services, from before
   * @param before the resources that stood until now: a service that cannot have what it asks for
   *     stays as it was
   */
  record Input(
      Map<ResourceKey, Resource> written,
      Collection<Endpoint> endpoints,
      List<Prefix> serviceCidrs,
      Map<ResourceKey, List<Address>> held,
      Map<ResourceKey, Resource> before) {}

  /**
   * The outcome.
   *
   * @param held to be persisted before {@code rows} are used
   * @param refused written resources of which something cannot be done, and why
   */
  record Result(
      Map<ResourceKey, Resource> rows,
      Map<ResourceKey, List<Address>> held,
      Map<ResourceKey, Problem> refused) {}

  private record Expansion(Resource of, List<Resource> into) {}

  private final String node;
  private Map<ResourceKey, Expansion> expansions = new HashMap<>();

  /**
   * @param node on which the endpoints are
   */
  Derivation(String node) {
    this.node = node;
  }

  Result derive(Input input) {
    Map<ResourceKey, Resource> rows = new HashMap<>(input.written());
    Map<ResourceKey, Problem> refused = new TreeMap<>();
    expand(input.written(), rows, refused);
    ClusterIps.Assignment ips = services(input, rows);
    refused.putAll(ips.refused());
    slices(input.endpoints(), rows, refused);
    namespaces(rows);
    return new Result(rows, ips.held(), refused);
  }

  /** Expansions are kept while what they are of is the same: rows stay the same objects. */
  private void expand(
      Map<ResourceKey, Resource> written,
      Map<ResourceKey, Resource> rows,
      Map<ResourceKey, Problem> refused) {
    Map<ResourceKey, Expansion> now = new HashMap<>();
    for (Resource resource : written.values()) {
      String kind = resource.key().kind();
      if (!kind.equals("Deployment") && !kind.equals("ReplicaSet")) {
        continue;
      }
      Expansion known = expansions.get(resource.key());
      Expansion expansion =
          known != null && known.of() == resource
              ? known
              : new Expansion(resource, Workloads.expand(resource));
      now.put(resource.key(), expansion);
      expansion.into().forEach(derived -> add(derived, resource, rows, refused));
    }
    expansions = now;
  }

  private static void add(
      Resource derived,
      Resource owner,
      Map<ResourceKey, Resource> rows,
      Map<ResourceKey, Problem> refused) {
    Resource other = rows.putIfAbsent(derived.key(), derived);
    if (other != null) {
      String came = "one written in " + other.origin().source();
      refused.put(
          owner.key(),
          Problem.of(owner.where(""), "no other " + derived.key(), came)
              .remedy("give that one another name"));
    }
  }

  private static ClusterIps.Assignment services(Input input, Map<ResourceKey, Resource> rows) {
    List<Resource> services = new ArrayList<>();
    for (Resource resource : input.written().values()) {
      if (resource.key().kind().equals("Service")) {
        services.add(resource);
      }
    }
    ClusterIps.Assignment ips = ClusterIps.assign(services, input.serviceCidrs(), input.held());
    rows.putAll(ips.services());
    for (ResourceKey key : ips.refused().keySet()) {
      Resource before = input.before().get(key);
      if (before == null) {
        rows.remove(key);
      } else {
        rows.put(key, before);
      }
    }
    return ips;
  }

  private void slices(
      Collection<Endpoint> endpoints,
      Map<ResourceKey, Resource> rows,
      Map<ResourceKey, Problem> refused) {
    List<Resource> pods = new ArrayList<>();
    List<Resource> services = new ArrayList<>();
    for (Resource resource : rows.values()) {
      switch (resource.key().kind()) {
        case "Pod" -> pods.add(resource);
        case "Service" -> services.add(resource);
        default -> {}
      }
    }
    Slices slices = new Slices(node, pods, endpoints);
    for (Resource service : services) {
      slices.of(service).forEach(slice -> add(slice, service, rows, refused));
    }
  }

  /** Every namespace that is named is there, and carries its name as a label. */
  private static void namespaces(Map<ResourceKey, Resource> rows) {
    TreeSet<String> names = new TreeSet<>(List.of("default"));
    rows.keySet()
        .forEach(key -> names.add(key.namespace().isEmpty() ? "default" : key.namespace()));
    for (ResourceKey key : List.copyOf(rows.keySet())) {
      if (key.kind().equals("Namespace")) {
        names.remove(key.name());
        rows.put(key, named(rows.get(key)));
      }
    }
    for (String name : names) {
      ResourceKey key = new ResourceKey("Namespace", "", name);
      rows.put(
          key,
          new Resource(
              key,
              "v1",
              Map.of(NAMESPACE_NAME, name),
              Map.of(),
              Map.of(),
              Origin.derived("resources of the namespace")));
    }
  }

  private static Resource named(Resource namespace) {
    Map<String, String> labels = new LinkedHashMap<>(namespace.labels());
    labels.put(NAMESPACE_NAME, namespace.key().name());
    return new Resource(
        namespace.key(),
        namespace.apiVersion(),
        labels,
        namespace.annotations(),
        namespace.body(),
        namespace.origin());
  }
}
