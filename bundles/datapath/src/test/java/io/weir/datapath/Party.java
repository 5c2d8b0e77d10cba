package io.weir.datapath;

import io.weir.api.row.Address;

/**
 * Someone who sends or gets packets.
 *
 * @param mac under which the wire between pod and node knows it
 */
record Party(String name, String mac, Address address4, Address address6) {
  Address address(boolean ipv6) {
    return ipv6 ? address6 : address4;
  }

  static Party outside(String name, String address4, String address6) {
    return new Party(name, TestNode.HOST_MAC, Address.parse(address4), Address.parse(address6));
  }
}
