package io.weir.flows;

import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What keeps a pod running, by {@code metadata.ownerReferences}: of a ReplicaSet its owner. */
final class Workloads {
  private Workloads() {}

  static List<Party.Workload> of(
      Resource pod, Function<ResourceKey, Optional<Resource>> resources) {
    Optional<ResourceKey> owner = owner(pod);
    Optional<ResourceKey> above =
        owner
            .filter(key -> key.kind().equals("ReplicaSet"))
            .flatMap(resources)
            .flatMap(Workloads::owner);
    return above
        .or(() -> owner)
        .map(key -> List.of(new Party.Workload(key.name(), key.kind())))
        .orElse(List.of());
  }

  private static Optional<ResourceKey> owner(Resource resource) {
    if (resource.body().get("metadata") instanceof Map<?, ?> metadata
        && metadata.get("ownerReferences") instanceof List<?> owners
        && !owners.isEmpty()
        && owners.get(0) instanceof Map<?, ?> owner
        && owner.get("kind") instanceof String kind
        && owner.get("name") instanceof String name) {
      return Optional.of(new ResourceKey(kind, resource.key().namespace(), name));
    }
    return Optional.empty();
  }
}
