package io.weir.manifests;

import io.weir.api.row.Resource;
import io.weir.api.row.Resource.Origin;
import io.weir.api.row.ResourceKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A Deployment to its ReplicaSet, a ReplicaSet to its pods. A pod's name follows from its
 * ReplicaSet's and its place in it, so that more replicas leave the present ones as they are, and
 * fewer take the last ones. Another template is another ReplicaSet with other pods, at once.
 */
final class Workloads {
  static final String TEMPLATE_HASH = "pod-template-hash";
  private static final int HASH_LENGTH = 10;
  private static final int SUFFIX_LENGTH = 5;

  /** A pod's name is its host name too, which has at most 63 letters. */
  private static final int LONGEST_BASE = 63 - SUFFIX_LENGTH - 1;

  private Workloads() {}

  /** What {@code workload} stands for, itself apart: nothing unless it is one. */
  static List<Resource> expand(Resource workload) {
    return switch (workload.key().kind()) {
      case "Deployment" -> {
        Resource set = replicaSet(workload);
        List<Resource> all = new ArrayList<>(pods(set));
        all.add(0, set);
        yield all;
      }
      case "ReplicaSet" -> pods(workload);
      default -> List.of();
    };
  }

  private static Resource replicaSet(Resource deployment) {
    Map<String, Object> spec = Body.fields(deployment.body(), "spec");
    Map<String, Object> template = Body.fields(spec, "template");
    String hash = Names.hash(Names.canonical(template), HASH_LENGTH);
    Map<String, String> labels =
        with(Body.labels(Body.fields(template, "metadata"), "labels"), TEMPLATE_HASH, hash);
    Map<String, Object> selector = Body.fields(spec, "selector");
    Map<String, Object> setSpec = new LinkedHashMap<>();
    setSpec.put("replicas", Body.number(spec, "replicas", 1));
    setSpec.put(
        "selector",
        with(
            selector,
            "matchLabels",
            with(Body.labels(selector, "matchLabels"), TEMPLATE_HASH, hash)));
    setSpec.put(
        "template",
        with(template, "metadata", with(Body.fields(template, "metadata"), "labels", labels)));
    String apiVersion = deployment.apiVersion();
    return new Resource(
        new ResourceKey(
            "ReplicaSet", deployment.key().namespace(), deployment.key().name() + "-" + hash),
        apiVersion,
        labels,
        Map.of(),
        Map.of(
            "metadata", Names.owner(deployment.key(), apiVersion),
            "spec", Collections.unmodifiableMap(setSpec)),
        Origin.derived(deployment.key().toString()));
  }

  private static List<Resource> pods(Resource set) {
    Map<String, Object> spec = Body.fields(set.body(), "spec");
    Map<String, Object> template = Body.fields(spec, "template");
    Map<String, Object> metadata = Body.fields(template, "metadata");
    Map<String, Object> body =
        Map.of(
            "metadata", Names.owner(set.key(), set.apiVersion()),
            "spec", Body.fields(template, "spec"));
    Origin origin = Origin.derived(set.key().toString());
    List<Resource> pods = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    long replicas = Body.number(spec, "replicas", 1);
    for (int place = 0; pods.size() < replicas; place++) {
      String name = podName(set.key(), place);
      if (taken.add(name)) {
        pods.add(
            new Resource(
                new ResourceKey("Pod", set.key().namespace(), name),
                "v1",
                Body.labels(metadata, "labels"),
                Body.labels(metadata, "annotations"),
                body,
                origin));
      }
    }
    return pods;
  }

  private static String podName(ResourceKey set, int place) {
    String base = set.name();
    if (base.length() > LONGEST_BASE) {
      base = base.substring(0, LONGEST_BASE);
    }
    return base + "-" + Names.hash(set + "#" + place, SUFFIX_LENGTH);
  }

  private static <V> Map<String, V> with(Map<String, V> fields, String name, V value) {
    Map<String, V> more = new LinkedHashMap<>(fields);
    more.put(name, value);
    return Collections.unmodifiableMap(more);
  }
}
