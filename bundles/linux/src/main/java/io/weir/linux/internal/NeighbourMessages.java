package io.weir.linux.internal;

import io.weir.linux.Neighbour;
import java.util.Optional;

/**
 * Messages about neighbours (linux/neighbour.h).
 *
 * <pre>
 * struct ndmsg   0 family u8   1 pad u8   2 pad u16   4 ifindex i32   8 state u16   10 flags u8   11 type u8
 * </pre>
 */
final class NeighbourMessages {
  private static final int NEW = 28;
  private static final int DELETE = 29;
  private static final int GET = 30;
  private static final int FIXED_BYTES = 12;

  private static final int DESTINATION = 1;
  private static final int MAC = 2;
  private static final int PERMANENT = 0x80;

  private NeighbourMessages() {}

  static Optional<Neighbour> decode(NetlinkReply reply) {
    var attributes = reply.attributes(FIXED_BYTES);
    if ((reply.u16(8) & PERMANENT) == 0) {
      return Optional.empty();
    }
    return attributes
        .address(DESTINATION)
        .map(address -> new Neighbour(reply.u32(4), address, attributes.mac(MAC)));
  }

  static NetlinkMessage dump() {
    return new NetlinkMessage(GET, NetlinkMessage.DUMP).u32(0).u32(0).u32(0);
  }

  static NetlinkMessage replace(Neighbour neighbour) {
    int flags = NetlinkMessage.ACK | NetlinkMessage.CREATE | NetlinkMessage.REPLACE;
    return of(NEW, flags, neighbour).attribute(MAC, Macs.bytes(neighbour.mac()));
  }

  static NetlinkMessage delete(Neighbour neighbour) {
    return of(DELETE, NetlinkMessage.ACK, neighbour);
  }

  private static NetlinkMessage of(int type, int flags, Neighbour neighbour) {
    return new NetlinkMessage(type, flags)
        .u8(AddressMessages.family(neighbour.address().ipv6()))
        .u8(0)
        .u16(0)
        .u32(neighbour.ifindex())
        .u16(PERMANENT)
        .u8(0)
        .u8(0)
        .attribute(DESTINATION, neighbour.address().bytes());
  }
}
