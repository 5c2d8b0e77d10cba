package io.weir.policy;

import io.weir.api.row.Address;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.table.Change;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where nodes and the Kubernetes API server are. */
final class Places {
  private final Map<ResourceKey, Set<Address>> apiSlices = new HashMap<>();
  private Set<Address> nodes = Set.of();
  private List<Prefix> managed = List.of();

  /** Follows the endpoints of the Service {@code default/kubernetes}. */
  void apply(Change<ResourceKey, Resource> change) {
    ResourceKey key = change.key();
    if (!key.kind().equals("EndpointSlice") || !key.namespace().equals("default")) {
      return;
    }
    apiSlices.remove(key);
    change
        .after()
        .filter(slice -> "kubernetes".equals(slice.labels().get("kubernetes.io/service-name")))
        .ifPresent(slice -> apiSlices.put(key, addresses(slice)));
  }

  void nodes(Optional<LocalNode> node, Collection<PrefixIdentity> prefixes) {
    Set<Address> found = new HashSet<>();
    node.ifPresent(local -> found.addAll(local.addresses()));
    for (PrefixIdentity prefix : prefixes) {
      boolean one = prefix.prefix().length() == prefix.prefix().address().bits();
      int identity = prefix.identity();
      boolean ofNode =
          identity == Identity.HOST
              || identity == Identity.REMOTE_NODE
              || identity == Identity.KUBE_APISERVER;
      if (one && ofNode) {
        found.add(prefix.prefix().address());
      }
    }
    nodes = found;
    managed = prefixes.stream().map(PrefixIdentity::prefix).toList();
  }

  Set<Address> nodes() {
    return nodes;
  }

  /** Addresses of the API server that are no node's and no pod's. */
  Set<Address> apiServers() {
    Set<Address> outside = new HashSet<>();
    apiSlices.values().forEach(outside::addAll);
    outside.removeAll(nodes);
    outside.removeIf(address -> managed.stream().anyMatch(block -> block.contains(address)));
    return outside;
  }

  private static Set<Address> addresses(Resource slice) {
    Set<Address> found = new HashSet<>();
    if (slice.body().get("endpoints") instanceof List<?> endpoints) {
      for (Object endpoint : endpoints) {
        if (endpoint instanceof Map<?, ?> map && map.get("addresses") instanceof List<?> list) {
          list.forEach(text -> add(String.valueOf(text), found));
        }
      }
    }
    return found;
  }

  private static void add(String text, Set<Address> found) {
    try {
      found.add(Address.parse(text));
    } catch (IllegalArgumentException e) {
      return; // a name, which slices may hold, too
    }
  }
}
