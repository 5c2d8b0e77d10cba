package io.weir.identity;

import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.table.Change;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where the Kubernetes API server is: the endpoints of the Service {@code default/kubernetes}. */
final class ApiServer {
  private final Map<ResourceKey, Set<String>> addresses = new HashMap<>();

  void apply(Collection<Change<ResourceKey, Resource>> changes) {
    for (Change<ResourceKey, Resource> change : changes) {
      ResourceKey key = change.key();
      if (!key.kind().equals("EndpointSlice") || !key.namespace().equals("default")) {
        continue;
      }
      addresses.remove(key);
      change
          .after()
          .filter(slice -> "kubernetes".equals(slice.labels().get("kubernetes.io/service-name")))
          .ifPresent(slice -> addresses.put(key, addresses(slice)));
    }
  }

  /** Whether one of {@code own}, as text, is the API server's. */
  boolean isAt(Collection<String> own) {
    return addresses.values().stream().anyMatch(set -> own.stream().anyMatch(set::contains));
  }

  private static Set<String> addresses(Resource slice) {
    Set<String> found = new HashSet<>();
    if (slice.body().get("endpoints") instanceof List<?> endpoints) {
      for (Object endpoint : endpoints) {
        if (endpoint instanceof Map<?, ?> map && map.get("addresses") instanceof List<?> list) {
          list.forEach(address -> found.add(String.valueOf(address)));
        }
      }
    }
    return found;
  }
}
