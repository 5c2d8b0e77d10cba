package io.weir.itests.testing.packet;

import io.weir.api.row.Address;
import java.nio.ByteBuffer;

/** The Internet checksum (RFC 1071), and what layer 4 has in front of it (RFC 8200, 8.1). */
public final class Checksum {
  private Checksum() {}

  /** The checksum of these bytes; 0 where they hold their own right one. */
  public static int of(byte[] bytes) {
    long sum = 0;
    for (int i = 0; i < bytes.length; i += 2) {
      sum += (bytes[i] & 0xff) << 8 | (i + 1 < bytes.length ? bytes[i + 1] & 0xff : 0);
    }
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return (int) ~sum & 0xffff;
  }

  /**
   * As {@link #of}, with the pseudo header in front, which ICMP of IPv4 has not.
   *
   * @param body a whole datagram, from the header of layer 4 on
   */
  public static int ofLayer4(Address source, Address destination, int protocol, byte[] body) {
    if (protocol == Packet.ICMP) {
      return of(body);
    }
    // Addresses of IPv4 are summed as mapped ones, whose ffff is 0 in this arithmetic.
    ByteBuffer all = ByteBuffer.allocate(40 + body.length);
    all.put(source.mapped()).put(destination.mapped()).putInt(body.length).putInt(protocol);
    return of(all.put(body).array());
  }
}
