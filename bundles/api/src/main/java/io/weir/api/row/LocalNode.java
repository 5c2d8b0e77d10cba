package io.weir.api.row;

import java.util.List;

/**
 * This engine's node, as its own namespace is.
 *
 * @param addresses every unicast address of the node's namespace but loopback and link-local ones:
 *     identity {@code host}
 * @param podCidrs at most one of each family
 * @param gateways of the pods, one of each family that is on; addresses of {@code hostInterface}
 * @param hostInterface the device that holds the gateways
 * @param hostMac six bytes, colon-separated: the one address of all host-side veths
 * @param mtu of pods
 * @param netnsCookie of the node's namespace; 0 where the kernel does not tell
 * @param cgroupRoot the cgroup2 directory below which this node's sockets are
 */
public record LocalNode(
    String name,
    List<Address> addresses,
    List<Prefix> podCidrs,
    List<Address> gateways,
    String hostInterface,
    int hostIfindex,
    String hostMac,
    int mtu,
    long netnsCookie,
    String cgroupRoot) {
  /** The key of the one row. */
  public static final String KEY = "self";

  public LocalNode {
    addresses = List.copyOf(addresses);
    podCidrs = List.copyOf(podCidrs);
    gateways = List.copyOf(gateways);
  }
}
