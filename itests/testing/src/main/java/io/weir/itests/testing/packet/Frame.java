package io.weir.itests.testing.packet;

import io.weir.api.row.Address;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What came out of a program, as far as tests look at it: an Ethernet frame of IPv4, IPv6 or ARP.
 *
 * @param source for ARP the sender's address
 * @param destination for ARP the target's address
 * @param protocol IP protocol; -1 for ARP
 * @param sourcePort of TCP and UDP; else 0
 * @param flags of TCP, for ARP the operation; else 0
 * @param body from the header of layer 4 on, for ARP from its hardware type on
 * @param valid whether lengths and checksums are right
 */
public record Frame(
    String sourceMac,
    String destinationMac,
    Address source,
    Address destination,
    int protocol,
    int sourcePort,
    int destinationPort,
    int flags,
    byte[] body,
    boolean valid) {

  /** Reads a frame without extension headers. */
  public static Frame of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    HexFormat colons = HexFormat.ofDelimiter(":");
    String to = colons.formatHex(bytes, 0, 6);
    String from = colons.formatHex(bytes, 6, 12);
    int type = in.getShort(12) & 0xffff;
    if (type == 0x0806) {
      byte[] body = Arrays.copyOfRange(bytes, 14, 42);
      Address sender = Address.of(Arrays.copyOfRange(body, 14, 18));
      Address target = Address.of(Arrays.copyOfRange(body, 24, 28));
      return new Frame(from, to, sender, target, -1, 0, 0, body[7], body, bytes.length == 42);
    }
    boolean ipv6 = type == 0x86dd;
    int header = ipv6 ? 40 : 4 * (bytes[14] & 0xf);
    int addressBytes = ipv6 ? 16 : 4;
    int addresses = 14 + (ipv6 ? 8 : 12);
    Address source = Address.of(Arrays.copyOfRange(bytes, addresses, addresses + addressBytes));
    Address destination =
        Address.of(
            Arrays.copyOfRange(bytes, addresses + addressBytes, addresses + 2 * addressBytes));
    int protocol = bytes[14 + (ipv6 ? 6 : 9)] & 0xff;
    int length = (in.getShort(14 + (ipv6 ? 4 : 2)) & 0xffff) + (ipv6 ? 40 : 0);
    byte[] body = Arrays.copyOfRange(bytes, 14 + header, bytes.length);
    boolean valid =
        length == bytes.length - 14
            && (ipv6 || Checksum.of(Arrays.copyOfRange(bytes, 14, 14 + header)) == 0)
            && (!isChecked(protocol)
                || Checksum.ofLayer4(source, destination, protocol, body) == 0);
    boolean ports = protocol == Packet.TCP || protocol == Packet.UDP;
    ByteBuffer layer4 = ByteBuffer.wrap(body);
    return new Frame(
        from,
        to,
        source,
        destination,
        protocol,
        ports ? layer4.getShort(0) & 0xffff : 0,
        ports ? layer4.getShort(2) & 0xffff : 0,
        protocol == Packet.TCP ? body[13] : 0,
        body,
        valid);
  }

  private static boolean isChecked(int protocol) {
    return protocol == Packet.TCP
        || protocol == Packet.UDP
        || protocol == Packet.ICMP
        || protocol == Packet.ICMP6;
  }

  /** {@code 10.0.0.1:40000 > 10.0.0.2:80}; ports where there are some. */
  public String ends() {
    boolean ports = protocol == Packet.TCP || protocol == Packet.UDP;
    return ports
        ? "%s:%d > %s:%d".formatted(source, sourcePort, destination, destinationPort)
        : source + " > " + destination;
  }

  /** The head that an ICMP error carries, up to its ports, as {@link #ends} shows them. */
  public String carriedEnds() {
    boolean ipv6 = source.ipv6();
    int addresses = 8 + (ipv6 ? 8 : 12);
    int addressBytes = ipv6 ? 16 : 4;
    int ports = 8 + (ipv6 ? 40 : 20);
    ByteBuffer in = ByteBuffer.wrap(body);
    return "%s:%d > %s:%d"
        .formatted(
            Address.of(Arrays.copyOfRange(body, addresses, addresses + addressBytes)),
            in.getShort(ports) & 0xffff,
            Address.of(
                Arrays.copyOfRange(body, addresses + addressBytes, addresses + 2 * addressBytes)),
            in.getShort(ports + 2) & 0xffff);
  }

  /** The IPv4 header that an ICMP error carries has a right checksum. */
  public boolean carriedHeaderValid() {
    return Checksum.of(Arrays.copyOfRange(body, 8, 28)) == 0;
  }
}
