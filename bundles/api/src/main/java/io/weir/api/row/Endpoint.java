package io.weir.api.row;

import java.util.List;

/**
 * A pod's interface on this node.
 *
 * @param id 1 to 65535, kept while the interface is there
 * @param namespace of the pod
 * @param containerId of the container runtime, or of the lab
 * @param interfaceName inside the pod
 * @param hostInterface the veth's end in the node's namespace
 * @param mac of the pod's end, six bytes, colon-separated
 * @param addresses at most one of each family
 * @param netnsCookie of the pod's namespace; 0 where the kernel does not tell
 */
public record Endpoint(
    int id,
    String namespace,
    String pod,
    String containerId,
    String interfaceName,
    String hostInterface,
    int hostIfindex,
    String mac,
    List<Address> addresses,
    long netnsCookie) {
  public Endpoint {
    addresses = List.copyOf(addresses);
  }
}
