package io.weir.policy;

import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointIdentity;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.policy.compile.Workload;
import io.weir.policy.spec.NamedPorts;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The endpoints that have an identity, with their pods' named ports. A pod that is no longer known
 * is being taken down, and its ports are what they were.
 */
final class Workloads {
  private record Memory(String container, NamedPorts ports) {}

  private final Map<Integer, Memory> memories = new HashMap<>();

  Map<Integer, Workload> of(
      Collection<EndpointIdentity> identities,
      Function<Integer, Optional<Endpoint>> endpoints,
      Function<ResourceKey, Optional<Resource>> resources) {
    Map<Integer, Workload> workloads = new TreeMap<>();
    Map<Integer, Memory> kept = new HashMap<>();
    for (EndpointIdentity row : identities) {
      Optional<Endpoint> found = endpoints.apply(row.endpoint());
      if (found.isEmpty()) {
        continue;
      }
      Endpoint endpoint = found.get();
      NamedPorts ports = ports(endpoint, resources);
      kept.put(endpoint.id(), new Memory(endpoint.containerId(), ports));
      workloads.put(endpoint.id(), new Workload(row.identity(), ports, endpoint.addresses()));
    }
    memories.clear();
    memories.putAll(kept);
    return workloads;
  }

  private NamedPorts ports(Endpoint endpoint, Function<ResourceKey, Optional<Resource>> resources) {
    Optional<Resource> pod =
        resources.apply(new ResourceKey("Pod", endpoint.namespace(), endpoint.pod()));
    if (pod.isPresent()) {
      return PodPorts.of(pod.get());
    }
    Memory memory = memories.get(endpoint.id());
    return memory != null && memory.container().equals(endpoint.containerId())
        ? memory.ports()
        : NamedPorts.NONE;
  }
}
