package io.weir.identity;

import io.weir.api.row.Resource;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The labels by which policies know a pod, each with its source, before any are filtered out. */
final class PodLabels {
  static final String NAMESPACE = "k8s:io.kubernetes.pod.namespace";
  static final String NAMESPACE_LABELS = "k8s:io.cilium.k8s.namespace.labels.";
  static final String SERVICE_ACCOUNT = "k8s:io.cilium.k8s.policy.serviceaccount";
  static final String CLUSTER = "k8s:io.cilium.k8s.policy.cluster";

  /** Every namespace has this label, whether it is written or not. */
  private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

  private PodLabels() {}

  /**
   * Labels of a pod. Those that say where it belongs are Weir's to give: a pod that carries one of
   * that name itself does not thereby move to another namespace.
   */
  static SortedMap<String, String> of(Resource pod, Optional<Resource> namespace, String cluster) {
    SortedMap<String, String> labels = new TreeMap<>();
    pod.labels()
        .forEach(
            (key, value) -> {
              if (!ours(key)) {
                labels.put("k8s:" + key, value);
              }
            });
    String name = pod.key().namespace();
    namespace.ifPresent(
        resource ->
            resource.labels().forEach((key, value) -> labels.put(NAMESPACE_LABELS + key, value)));
    labels.put(NAMESPACE_LABELS + NAMESPACE_NAME, name);
    labels.put(NAMESPACE, name);
    labels.put(SERVICE_ACCOUNT, serviceAccount(pod));
    labels.put(CLUSTER, cluster);
    return labels;
  }

  /** Whether the pod has run to its end, so that its address is no peer any more. */
  static boolean ended(Resource pod) {
    return pod.body().get("status") instanceof Map<?, ?> status
        && ("Succeeded".equals(status.get("phase")) || "Failed".equals(status.get("phase")));
  }

  private static boolean ours(String key) {
    return key.startsWith("io.cilium.k8s.") || key.startsWith("io.kubernetes.pod.namespace");
  }

  private static String serviceAccount(Resource pod) {
    if (pod.body().get("spec") instanceof Map<?, ?> spec) {
      for (String field : new String[] {"serviceAccountName", "serviceAccount"}) {
        if (spec.get(field) instanceof String name && !name.isEmpty()) {
          return name;
        }
      }
    }
    return "default";
  }
}
