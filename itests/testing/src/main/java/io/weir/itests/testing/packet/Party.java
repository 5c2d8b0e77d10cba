package io.weir.itests.testing.packet;

import io.weir.api.row.Address;
import java.util.List;
import java.util.stream.Stream;

/**
 * Someone who sends or gets packets.
 *
 * @param ifindex of the host side of a pod's veth; 0 of whoever is no pod
 * @param mac under which the wire between pod and node knows it: a pod's own, or the node's
 * @param addresses one of a family at most
 */
public record Party(String name, int ifindex, String mac, List<Address> addresses) {
  /** Of the node's end of every wire, and so of all that a pod reaches through it. */
  public static final String HOST_MAC = "02:00:00:00:00:01";

  /** Who is no pod of this node, named by the first address. */
  public static Party outside(String... addresses) {
    return new Party(addresses[0], 0, HOST_MAC, Stream.of(addresses).map(Address::parse).toList());
  }

  public boolean isPod() {
    return ifindex != 0;
  }

  public boolean has(boolean ipv6) {
    return addresses.stream().anyMatch(address -> address.ipv6() == ipv6);
  }

  /** The address of a family; an {@link AssertionError} where there is none. */
  public Address address(boolean ipv6) {
    return addresses.stream()
        .filter(address -> address.ipv6() == ipv6)
        .findFirst()
        .orElseThrow(
            () -> new AssertionError("%s has no IPv%d address".formatted(name, ipv6 ? 6 : 4)));
  }

  public Address address4() {
    return address(false);
  }

  public Address address6() {
    return address(true);
  }

  @Override
  public String toString() {
    return name;
  }
}
