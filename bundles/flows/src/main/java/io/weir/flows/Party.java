package io.weir.flows;

import java.util.List;

/**
 * Who sends or receives, as {@code flow.Endpoint} of Hubble. Shared by all flows of an endpoint.
 *
 * @param endpoint 0 where it is no pod of this node
 * @param namespace empty where it is not known to be a pod
 * @param labels {@code k8s:app=web}, {@code reserved:world}; sorted
 */
record Party(
    int endpoint,
    int identity,
    String namespace,
    String pod,
    List<String> labels,
    List<Workload> workloads) {
  /** What keeps a pod running. */
  record Workload(String name, String kind) {}

  Party {
    labels = List.copyOf(labels);
    workloads = List.copyOf(workloads);
  }
}
