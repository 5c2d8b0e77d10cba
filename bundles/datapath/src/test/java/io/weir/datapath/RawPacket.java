package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.itests.testing.packet.Packet;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a frame of any bytes shows to one who reads no more than is there, by the letters of the
 * standards; what is not there is -1.
 *
 * @param protocol behind extension headers
 * @param later a fragment without layer 4
 * @param first a fragment with layer 4
 * @param l4 offset of layer 4
 */
record RawPacket(
    byte[] frame,
    Address source,
    Address destination,
    int hops,
    int protocol,
    boolean later,
    boolean first,
    int l4) {
  static final int IP4 = 0x0800;
  static final int ARP = 0x0806;
  static final int IP6 = 0x86dd;

  private static final int ETHERNET = 14;
  private static final List<Integer> EXTENSIONS = List.of(0, 43, 44, 60);
  private static final List<Integer> ERRORS4 = List.of(3, 4, 5, 11, 12);

  static int kind(byte[] frame) {
    return number(frame, 12, 2);
  }

  /** Empty where it is no IP, or ends within the IP header. */
  static Optional<RawPacket> of(byte[] frame) {
    return switch (kind(frame)) {
      case IP4 -> ip4(frame, ETHERNET);
      case IP6 -> ip6(frame, ETHERNET);
      default -> Optional.empty();
    };
  }

  private static Optional<RawPacket> ip4(byte[] frame, int at) {
    if (frame.length < at + 20) {
      return Optional.empty();
    }
    int fragment = number(frame, at + 6, 2);
    boolean later = (fragment & 0x1fff) != 0;
    return Optional.of(
        new RawPacket(
            frame,
            Address.of(Arrays.copyOfRange(frame, at + 12, at + 16)),
            Address.of(Arrays.copyOfRange(frame, at + 16, at + 20)),
            frame[at + 8] & 0xff,
            frame[at + 9] & 0xff,
            later,
            !later && (fragment & 0x2000) != 0,
            at + (frame[at] & 15) * 4));
  }

  private static Optional<RawPacket> ip6(byte[] frame, int at) {
    if (frame.length < at + 40) {
      return Optional.empty();
    }
    int next = frame[at + 6] & 0xff;
    int l4 = at + 40;
    boolean later = false;
    boolean first = false;
    while (EXTENSIONS.contains(next) && !later && l4 + 8 <= frame.length) {
      int now = next;
      next = frame[l4] & 0xff;
      if (now == 44) {
        int fragment = number(frame, l4 + 2, 2);
        later = fragment >= 8;
        first |= fragment == 1;
      }
      l4 += now == 44 ? 8 : 8 + 8 * (frame[l4 + 1] & 0xff);
    }
    return Optional.of(
        new RawPacket(
            frame,
            Address.of(Arrays.copyOfRange(frame, at + 8, at + 24)),
            Address.of(Arrays.copyOfRange(frame, at + 24, at + 40)),
            frame[at + 7] & 0xff,
            next,
            later,
            first,
            l4));
  }

  boolean ipv6() {
    return source.ipv6();
  }

  int sourcePort() {
    return later ? -1 : number(frame, l4, 2);
  }

  int destinationPort() {
    return later ? -1 : number(frame, l4 + 2, 2);
  }

  private boolean icmp() {
    return !later && protocol == (ipv6() ? Packet.ICMP6 : Packet.ICMP);
  }

  int icmpType() {
    return icmp() ? number(frame, l4, 1) : -1;
  }

  /** The packet that an error carries; empty of all that is none. */
  Optional<RawPacket> carried() {
    int type = icmpType();
    boolean error = ipv6() ? type >= 1 && type <= 4 : ERRORS4.contains(type);
    if (!error) {
      return Optional.empty();
    }
    return ipv6() ? ip6(frame, l4 + 8) : ip4(frame, l4 + 8);
  }

  /** Of a message of neighbour discovery. */
  Optional<Address> target() {
    return frame.length >= l4 + 24
        ? Optional.of(Address.of(Arrays.copyOfRange(frame, l4 + 8, l4 + 24)))
        : Optional.empty();
  }

  /**
   * Of the protocol and between these; a later fragment shows no ports, an IPv6 one no protocol.
   */
  boolean isOf(int kind, Address from, int fromPort, Address to, int toPort) {
    boolean ends = source.equals(from) && destination.equals(to);
    if (later) {
      return ends && (ipv6() || protocol == kind);
    }
    return ends && protocol == kind && sourcePort() == fromPort && destinationPort() == toPort;
  }

  static int number(byte[] frame, int at, int count) {
    if (at + count > frame.length) {
      return -1;
    }
    int number = 0;
    for (int i = 0; i < count; i++) {
      number = number << 8 | frame[at + i] & 0xff;
    }
    return number;
  }
}
