package io.weir.flows;

import java.util.List;
import java.util.Optional;

/**
 * Who sends or receives, as {@code flow.Endpoint} of Hubble. Shared by all flows of an endpoint.
 *
 * @param endpoint 0 where it is no pod of this node
 * @param namespace empty where it is not known to be a pod
 * @param labels {@code k8s:app=web}, {@code reserved:world}; sorted
 * @param device the node's end of a pod's veth
 */
record Party(
    int endpoint,
    int identity,
    String namespace,
    String pod,
    List<String> labels,
    List<Workload> workloads,
    Optional<Device> device) {
  static final Party NOBODY = new Party(0, 0, "", "", List.of(), List.of(), Optional.empty());

  /** What keeps a pod running. */
  record Workload(String name, String kind) {}

  /** A network interface. */
  record Device(int index, String name) {}

  Party {
    labels = List.copyOf(labels);
    workloads = List.copyOf(workloads);
  }
}
