package io.weir.itests.rules;

import io.weir.api.row.Address;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Frames as a test writes them; checksums are left out, as no program looks at them. */
final class Packets {
  static final int SYN = 2;
  static final int ACK = 16;
  static final int SYN_ACK = SYN | ACK;

  private static final int TCP_HEAD = 20;
  private static final int SCTP_CHUNK = 32;
  private static final int ICMP_HEAD = 8;

  private Packets() {}

  static byte[] tcp(int sourcePort, int port, int flags) {
    return ByteBuffer.allocate(TCP_HEAD)
        .putShort(0, (short) sourcePort)
        .putShort(2, (short) port)
        .put(12, (byte) (TCP_HEAD / 4 << 4))
        .put(13, (byte) flags)
        .array();
  }

  static byte[] udp(int sourcePort, int port) {
    return ByteBuffer.allocate(8)
        .putShort((short) sourcePort)
        .putShort((short) port)
        .putShort((short) 8)
        .array();
  }

  static byte[] sctp(int sourcePort, int port) {
    return ByteBuffer.allocate(SCTP_CHUNK)
        .putShort((short) sourcePort)
        .putShort((short) port)
        .array();
  }

  /**
   * @param carried the packet that an error complains of, from its IP header on
   */
  static byte[] icmp(int type, int code, int id, byte[] carried) {
    return ByteBuffer.allocate(ICMP_HEAD + carried.length)
        .put((byte) type)
        .put((byte) code)
        .putShort(4, (short) id)
        .position(ICMP_HEAD)
        .put(carried)
        .array();
  }

  /** From the IP header on. */
  static byte[] ip(Address from, Address to, int protocol, byte[] content) {
    if (from.ipv6()) {
      return ByteBuffer.allocate(40 + content.length)
          .putInt(0x60000000)
          .putShort((short) content.length)
          .put((byte) protocol)
          .put((byte) 64)
          .put(from.bytes())
          .put(to.bytes())
          .put(content)
          .array();
    }
    return ByteBuffer.allocate(20 + content.length)
        .putShort((short) 0x4500)
        .putShort((short) (20 + content.length))
        .putInt(0)
        .put((byte) 64)
        .put((byte) protocol)
        .putShort((short) 0)
        .put(from.bytes())
        .put(to.bytes())
        .put(content)
        .array();
  }

  static byte[] frame(String toMac, String fromMac, boolean ipv6, byte[] packet) {
    return ByteBuffer.allocate(14 + packet.length)
        .put(mac(toMac))
        .put(mac(fromMac))
        .putShort((short) (ipv6 ? 0x86dd : 0x0800))
        .put(packet)
        .array();
  }

  private static byte[] mac(String text) {
    return HexFormat.ofDelimiter(":").parseHex(text);
  }
}
