package io.weir.linux.internal;

import io.weir.api.row.Address;
import io.weir.linux.DeviceAddress;
import java.util.Optional;

/**
 * Messages about addresses of devices (linux/if_addr.h).
 *
 * <pre>
 * struct ifaddrmsg   0 family u8   1 prefixlen u8   2 flags u8   3 scope u8   4 index u32
 * </pre>
 */
final class AddressMessages {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  private static final int NEW = 20;
  private static final int DELETE = 21;
  private static final int GET = 22;
  private static final int FIXED_BYTES = 8;

  private static final int ADDRESS = 1;
  private static final int LOCAL = 2;
  private static final int FLAGS = 8;
  private static final int NO_DUPLICATE_DETECTION = 2;

  private AddressMessages() {}

  static int family(boolean ipv6) {
    return ipv6 ? AF_INET6 : AF_INET;
  }

  /** Of a pair of addresses (point to point) the local one. */
  static Optional<DeviceAddress> decode(NetlinkReply reply) {
    var attributes = reply.attributes(FIXED_BYTES);
    Optional<Address> address = attributes.address(LOCAL).or(() -> attributes.address(ADDRESS));
    return address.map(found -> new DeviceAddress(reply.u32(4), found, reply.u8(1)));
  }

  static NetlinkMessage dump() {
    return new NetlinkMessage(GET, NetlinkMessage.DUMP).u8(0).u8(0).u8(0).u8(0).u32(0);
  }

  static NetlinkMessage add(DeviceAddress address) {
    int flags = NetlinkMessage.ACK | NetlinkMessage.CREATE | NetlinkMessage.EXCL;
    return of(NEW, flags, address)
        .attribute(FLAGS, address.address().ipv6() ? NO_DUPLICATE_DETECTION : 0);
  }

  static NetlinkMessage delete(DeviceAddress address) {
    return of(DELETE, NetlinkMessage.ACK, address);
  }

  private static NetlinkMessage of(int type, int flags, DeviceAddress address) {
    byte[] bytes = address.address().bytes();
    return new NetlinkMessage(type, flags)
        .u8(family(address.address().ipv6()))
        .u8(address.length())
        .u8(0)
        .u8(0)
        .u32(address.ifindex())
        .attribute(LOCAL, bytes)
        .attribute(ADDRESS, bytes);
  }
}
