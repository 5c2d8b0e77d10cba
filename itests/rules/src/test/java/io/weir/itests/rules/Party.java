package io.weir.itests.rules;

import io.weir.api.row.Address;
import java.util.List;

/**
 * One end of a packet.
 *
 * @param ifindex of the host side of a pod's veth; 0 of whoever is no pod
 * @param mac of a pod
 */
record Party(String name, int ifindex, String mac, List<Address> addresses) {
  static Party outside(String... addresses) {
    return new Party(addresses[0], 0, "", List.of(addresses).stream().map(Address::parse).toList());
  }

  boolean isPod() {
    return ifindex != 0;
  }

  boolean has(boolean ipv6) {
    return addresses.stream().anyMatch(address -> address.ipv6() == ipv6);
  }

  Address address(boolean ipv6) {
    return addresses.stream()
        .filter(address -> address.ipv6() == ipv6)
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " has no address of that family"));
  }

  @Override
  public String toString() {
    return name;
  }
}
