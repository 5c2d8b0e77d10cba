package io.weir.linux.internal;

import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import io.weir.linux.KernelRoute;
import java.util.Optional;

/**
 * Messages about routes (linux/rtnetlink.h).
 *
 * <pre>
 * struct rtmsg   0 family u8   1 dst_len u8   2 src_len u8   3 tos u8
 *                4 table u8    5 protocol u8  6 scope u8     7 type u8   8 flags u32
 * </pre>
 */
final class RouteMessages {
  private static final int NEW = 24;
  private static final int DELETE = 25;
  private static final int GET = 26;
  private static final int FIXED_BYTES = 12;

  private static final int DESTINATION = 1;
  private static final int DEVICE = 4;
  private static final int GATEWAY = 5;
  private static final int METRIC = 6;
  private static final int SOURCE = 7;
  private static final int MULTIPATH = 9;
  private static final int TABLE = 15;

  private static final int ONLINK = 4;
  private static final int CLONED = 0x200;

  private static final int SCOPE_UNIVERSE = 0;
  private static final int SCOPE_LINK = 253;
  private static final int SCOPE_HOST = 254;
  private static final int SCOPE_NOWHERE = 255;

  private RouteMessages() {}

  static Optional<KernelRoute> decode(NetlinkReply reply) {
    int family = reply.u8(0);
    var attributes = reply.attributes(FIXED_BYTES);
    boolean ip = family == AddressMessages.AF_INET || family == AddressMessages.AF_INET6;
    if (!ip || attributes.has(MULTIPATH) || (reply.u32(8) & CLONED) != 0) {
      return Optional.empty();
    }
    boolean ipv6 = family == AddressMessages.AF_INET6;
    Address any = Address.of(new byte[ipv6 ? 16 : 4]);
    return Optional.of(
        new KernelRoute(
            reply.u8(7),
            NetlinkReply.prefix(attributes.address(DESTINATION).orElse(any), reply.u8(1)),
            attributes.u32(DEVICE, 0),
            attributes.address(GATEWAY),
            (reply.u32(8) & ONLINK) != 0,
            attributes.address(SOURCE),
            attributes.u32(TABLE, reply.u8(4)),
            reply.u8(5),
            attributes.u32(METRIC, 0)));
  }

  static NetlinkMessage dump() {
    return new NetlinkMessage(GET, NetlinkMessage.DUMP).u32(0).u32(0).u32(0);
  }

  static NetlinkMessage replace(KernelRoute route) {
    int flags = NetlinkMessage.ACK | NetlinkMessage.CREATE | NetlinkMessage.REPLACE;
    return of(NEW, flags, route, scope(route));
  }

  static NetlinkMessage delete(KernelRoute route) {
    return of(DELETE, NetlinkMessage.ACK, route, SCOPE_NOWHERE);
  }

  private static NetlinkMessage of(int type, int flags, KernelRoute route, int scope) {
    Prefix prefix = route.prefix();
    NetlinkMessage message =
        new NetlinkMessage(type, flags)
            .u8(AddressMessages.family(prefix.address().ipv6()))
            .u8(prefix.length())
            .u8(0)
            .u8(0)
            .u8(route.table() < 256 ? route.table() : 0)
            .u8(route.protocol())
            .u8(scope)
            .u8(route.type())
            .u32(route.onlink() ? ONLINK : 0)
            .attribute(DESTINATION, prefix.address().bytes())
            .attribute(TABLE, route.table());
    if (route.ifindex() != 0) {
      message.attribute(DEVICE, route.ifindex());
    }
    if (route.metric() != 0) {
      message.attribute(METRIC, route.metric());
    }
    route.via().ifPresent(via -> message.attribute(GATEWAY, via.bytes()));
    route.source().ifPresent(source -> message.attribute(SOURCE, source.bytes()));
    return message;
  }

  /** As iproute2 chooses it; IPv6 has none. */
  private static int scope(KernelRoute route) {
    if (route.prefix().address().ipv6()) {
      return SCOPE_UNIVERSE;
    }
    if (route.type() == KernelRoute.Type.LOCAL.number()) {
      return SCOPE_HOST;
    }
    boolean direct = route.type() == KernelRoute.Type.UNICAST.number() && route.via().isEmpty();
    return direct ? SCOPE_LINK : SCOPE_UNIVERSE;
  }
}
