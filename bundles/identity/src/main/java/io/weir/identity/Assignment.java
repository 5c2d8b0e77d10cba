package io.weir.identity;

import io.weir.api.row.Endpoint;
import io.weir.api.row.Identity;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Which labels each endpoint has, before they are numbers.
 *
 * <p>An endpoint whose pod is not known yet is {@code reserved:init}. One whose pod was known and
 * is known no more is being taken down: it stays what it was, so that what it still says is heard.
 * One whose pod has ended is nobody.
 */
final class Assignment {
  private record Seen(String container, String namespace, String pod) {}

  private record Memory(Seen seen, SortedMap<String, String> labels) {}

  private static final SortedMap<String, String> INIT =
      Reserved.identities(false).get(Identity.INIT).labels();

  private final Map<Integer, Memory> memories = new HashMap<>();

  /** Labels by endpoint id. */
  Map<Integer, SortedMap<String, String>> labels(
      Collection<Endpoint> endpoints,
      Function<ResourceKey, Optional<Resource>> resources,
      LabelFilter filter,
      String cluster) {
    Map<Integer, SortedMap<String, String>> labels = new TreeMap<>();
    Map<Integer, Memory> kept = new HashMap<>();
    for (Endpoint endpoint : endpoints) {
      Seen seen = new Seen(endpoint.containerId(), endpoint.namespace(), endpoint.pod());
      Optional<Resource> pod =
          resources.apply(new ResourceKey("Pod", endpoint.namespace(), endpoint.pod()));
      if (pod.isPresent() && PodLabels.ended(pod.get())) {
        continue;
      }
      Memory memory = memories.get(endpoint.id());
      SortedMap<String, String> now =
          pod.isPresent()
              ? filter.keep(PodLabels.of(pod.get(), namespace(pod.get(), resources), cluster))
              : memory != null && memory.seen().equals(seen) ? memory.labels() : INIT;
      labels.put(endpoint.id(), now);
      kept.put(endpoint.id(), new Memory(seen, now));
    }
    memories.clear();
    memories.putAll(kept);
    return labels;
  }

  static boolean isInit(SortedMap<String, String> labels) {
    return labels.equals(INIT);
  }

  private static Optional<Resource> namespace(
      Resource pod, Function<ResourceKey, Optional<Resource>> resources) {
    return resources.apply(new ResourceKey("Namespace", "", pod.key().namespace()));
  }
}
