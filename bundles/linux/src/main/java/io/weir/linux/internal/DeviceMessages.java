package io.weir.linux.internal;

import io.weir.linux.NetDevice;
import io.weir.linux.Netlink.Veth;

/**
 * Messages about devices (linux/if_link.h, linux/veth.h).
 *
 * <pre>
 * struct ifinfomsg   0 family u8   1 pad   2 type u16   4 index i32   8 flags u32   12 change u32
 * </pre>
 */
final class DeviceMessages {
  private static final int NEW = 16;
  private static final int DELETE = 17;
  private static final int GET = 18;
  private static final int FIXED_BYTES = 16;

  private static final int UP = 1;
  private static final int RUNNING = 0x40;

  private static final int ADDRESS = 1;
  private static final int NAME = 3;
  private static final int MTU = 4;
  private static final int LINK = 5;
  private static final int MASTER = 10;
  private static final int LINK_INFO = 18;
  private static final int NAMESPACE_FD = 28;
  private static final int INFO_KIND = 1;
  private static final int INFO_DATA = 2;
  private static final int VETH_PEER = 1;

  private DeviceMessages() {}

  static NetDevice decode(NetlinkReply reply) {
    var attributes = reply.attributes(FIXED_BYTES);
    return new NetDevice(
        reply.u32(4),
        attributes.text(NAME),
        attributes.nested(LINK_INFO).text(INFO_KIND),
        attributes.mac(ADDRESS),
        attributes.u32(MTU, 0),
        (reply.u32(8) & UP) != 0,
        attributes.u32(MASTER, 0),
        attributes.u32(LINK, 0));
  }

  static boolean running(NetlinkReply reply) {
    return (reply.u32(8) & RUNNING) != 0;
  }

  static NetlinkMessage dump() {
    return fixed(new NetlinkMessage(GET, NetlinkMessage.DUMP), 0, 0, 0);
  }

  static NetlinkMessage byName(String name) {
    return fixed(new NetlinkMessage(GET, NetlinkMessage.ACK), 0, 0, 0).attribute(NAME, name);
  }

  static NetlinkMessage byIndex(int ifindex) {
    return fixed(new NetlinkMessage(GET, NetlinkMessage.ACK), ifindex, 0, 0);
  }

  static NetlinkMessage add(String name, String kind) {
    NetlinkMessage message = create().attribute(NAME, name);
    return message.nested(LINK_INFO, () -> message.attribute(INFO_KIND, kind));
  }

  /**
   * @param peerNamespace descriptor of the far end's namespace; -1 for this one
   */
  static NetlinkMessage addVeth(Veth veth, int peerNamespace) {
    NetlinkMessage message = create();
    end(message, veth.name(), veth.mac(), veth.mtu());
    return message.nested(
        LINK_INFO,
        () ->
            message
                .attribute(INFO_KIND, "veth")
                .nested(
                    INFO_DATA,
                    () -> message.nested(VETH_PEER, () -> peer(message, veth, peerNamespace))));
  }

  static NetlinkMessage delete(int ifindex) {
    return fixed(new NetlinkMessage(DELETE, NetlinkMessage.ACK), ifindex, 0, 0);
  }

  static NetlinkMessage up(int ifindex, boolean up) {
    return fixed(new NetlinkMessage(NEW, NetlinkMessage.ACK), ifindex, up ? UP : 0, UP);
  }

  static NetlinkMessage mtu(int ifindex, int bytes) {
    return change(ifindex).attribute(MTU, bytes);
  }

  static NetlinkMessage mac(int ifindex, String mac) {
    return change(ifindex).attribute(ADDRESS, Macs.bytes(mac));
  }

  static NetlinkMessage master(int ifindex, int master) {
    return change(ifindex).attribute(MASTER, master);
  }

  static NetlinkMessage name(int ifindex, String name) {
    return change(ifindex).attribute(NAME, name);
  }

  static NetlinkMessage namespace(int ifindex, int fd) {
    return change(ifindex).attribute(NAMESPACE_FD, fd);
  }

  private static void peer(NetlinkMessage message, Veth veth, int namespace) {
    fixed(message, 0, 0, 0);
    end(message, veth.peerName(), veth.peerMac(), veth.mtu());
    if (namespace >= 0) {
      message.attribute(NAMESPACE_FD, namespace);
    }
  }

  private static void end(NetlinkMessage message, String name, String mac, int mtu) {
    message.attribute(NAME, name);
    if (!mac.isEmpty()) {
      message.attribute(ADDRESS, Macs.bytes(mac));
    }
    if (mtu > 0) {
      message.attribute(MTU, mtu);
    }
  }

  private static NetlinkMessage create() {
    int flags = NetlinkMessage.ACK | NetlinkMessage.CREATE | NetlinkMessage.EXCL;
    return fixed(new NetlinkMessage(NEW, flags), 0, 0, 0);
  }

  private static NetlinkMessage change(int ifindex) {
    return fixed(new NetlinkMessage(NEW, NetlinkMessage.ACK), ifindex, 0, 0);
  }

  private static NetlinkMessage fixed(NetlinkMessage message, int ifindex, int flags, int change) {
    return message.u8(0).u8(0).u16(0).u32(ifindex).u32(flags).u32(change);
  }
}
