package io.weir.itests.testing.packet;

import io.weir.api.row.Address;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A packet to be sent, to be written as an Ethernet frame with right lengths and checksums.
 *
 * <pre>
 *   destination MAC, source MAC, type │ IP header │ extensions │ body
 *   14 bytes                          │ 20 or 40  │ 8 × n, 4 × n options of IPv4
 * </pre>
 *
 * @param payload the IP protocol of {@code body}
 * @param body what follows the IP header and its extensions, its checksum not yet filled in
 * @param checksumAt offset in {@code body} of the checksum of layer 4; -1 where there is none
 * @param extensions options of IPv4, or extension headers of IPv6
 * @param next IPv6: the number of the first extension header, or of the payload
 * @param fragment IPv4: flags, and offset in units of 8 bytes, as in the header
 * @param id IPv4: identification of the datagram
 * @param hops time to live, or hop limit
 */
public record Packet(
    String sourceMac,
    String destinationMac,
    Address source,
    Address destination,
    int payload,
    byte[] body,
    int checksumAt,
    byte[] extensions,
    int next,
    int fragment,
    int id,
    int hops) {
  // Protocols of IP.
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int ICMP6 = 58;
  public static final int SCTP = 132;

  // Flags of TCP.
  public static final int FIN = 1;
  public static final int SYN = 2;
  public static final int RST = 4;
  public static final int PSH = 8;
  public static final int ACK = 16;

  /** What datagrams, and segments of TCP amid a connection, carry if nothing else is said. */
  public static final int DATA_BYTES = 10;

  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int FRAGMENT_HEADER = 44;
  private static final int ETHERNET_BYTES = 14;

  /** Any protocol, its body as it is. */
  public static Packet of(
      Party from, Party to, boolean ipv6, int protocol, byte[] body, int checksumAt) {
    return new Packet(
        from.mac(),
        to.mac(),
        from.address(ipv6),
        to.address(ipv6),
        protocol,
        body,
        checksumAt,
        new byte[0],
        protocol,
        0,
        1,
        64);
  }

  /** A segment; with data unless it begins or ends a connection. */
  public static Packet tcp(Party from, int port, Party to, int toPort, boolean ipv6, int flags) {
    int dataBytes = (flags & (SYN | FIN | RST)) == 0 ? DATA_BYTES : 0;
    byte[] body = new byte[20 + dataBytes];
    ByteBuffer.wrap(body)
        .putShort((short) port)
        .putShort((short) toPort)
        .putInt(1000)
        .putInt((flags & ACK) != 0 ? 2000 : 0)
        .put((byte) 0x50)
        .put((byte) flags)
        .putShort((short) 8192);
    return of(from, to, ipv6, TCP, body, 16);
  }

  public static Packet udp(Party from, int port, Party to, int toPort, boolean ipv6) {
    return udp(from, port, to, toPort, ipv6, DATA_BYTES);
  }

  public static Packet udp(
      Party from, int port, Party to, int toPort, boolean ipv6, int dataBytes) {
    byte[] body = new byte[8 + dataBytes];
    ByteBuffer.wrap(body)
        .putShort((short) port)
        .putShort((short) toPort)
        .putShort((short) body.length);
    for (int i = 8; i < body.length; i++) {
      body[i] = (byte) i;
    }
    return of(from, to, ipv6, UDP, body, 6);
  }

  /** Without its checksum, a CRC, at which no program looks. */
  public static Packet sctp(Party from, int port, Party to, int toPort, boolean ipv6) {
    byte[] body = new byte[28];
    ByteBuffer.wrap(body).putShort((short) port).putShort((short) toPort);
    return of(from, to, ipv6, SCTP, body, -1);
  }

  /** Echo: of request and answer the types of the family. */
  public static Packet echo(Party from, Party to, boolean ipv6, boolean request, int id) {
    int type = ipv6 ? (request ? 128 : 129) : request ? 8 : 0;
    return icmp(from, to, ipv6, type, id);
  }

  /** A message of ICMP in the form of echo: identifier, sequence number 0, 8 bytes of data. */
  public static Packet icmp(Party from, Party to, boolean ipv6, int type, int id) {
    byte[] body = new byte[16];
    ByteBuffer.wrap(body).put((byte) type).putShort(4, (short) id);
    return icmp(from, to, ipv6, body);
  }

  /** An ICMP error that carries the head of another packet. */
  public static Packet error(
      Party from, Party to, boolean ipv6, int type, int code, Packet carried) {
    byte[] frame = carried.bytes();
    int ipBytes = Math.min(frame.length - ETHERNET_BYTES, ipv6 ? 48 : 28);
    byte[] body = new byte[8 + ipBytes];
    body[0] = (byte) type;
    body[1] = (byte) code;
    System.arraycopy(frame, ETHERNET_BYTES, body, 8, ipBytes);
    return icmp(from, to, ipv6, body);
  }

  /** A message of the family's ICMP, from its type on. */
  public static Packet icmp(Party from, Party to, boolean ipv6, byte[] body) {
    return of(from, to, ipv6, ipv6 ? ICMP6 : ICMP, body, 2);
  }

  /** Solicitation (135) or advertisement (136) of a neighbour, or another with a target. */
  public static Packet neighbour(Party from, Party to, int type, Address target) {
    byte[] body = new byte[32];
    body[0] = (byte) type;
    System.arraycopy(target.bytes(), 0, body, 8, 16);
    body[24] = (byte) (type == 135 ? 1 : 2);
    body[25] = 1;
    System.arraycopy(mac(from.mac()), 0, body, 26, 6);
    return icmp(from, to, true, body).hops(255);
  }

  /** A frame of ARP: operation 1 asks, to all; 2 answers, to the node. */
  public static byte[] arp(
      Party from, Address sender, String senderMac, int operation, Address target) {
    ByteBuffer frame = ByteBuffer.allocate(42);
    frame.put(mac(operation == 1 ? "ff:ff:ff:ff:ff:ff" : Party.HOST_MAC)).put(mac(from.mac()));
    frame.putShort((short) 0x0806).putShort((short) 1).putShort((short) 0x0800);
    frame.put((byte) 6).put((byte) 4).putShort((short) operation);
    frame.put(mac(senderMac)).put(sender.bytes());
    frame.put(new byte[6]).put(target.bytes());
    return frame.array();
  }

  public Packet source(Address address) {
    return with(sourceMac, destinationMac, address, destination, hops);
  }

  public Packet destination(Address address) {
    return with(sourceMac, destinationMac, source, address, hops);
  }

  public Packet sourceMac(String mac) {
    return with(mac, destinationMac, source, destination, hops);
  }

  public Packet destinationMac(String mac) {
    return with(sourceMac, mac, source, destination, hops);
  }

  public Packet hops(int limit) {
    return with(sourceMac, destinationMac, source, destination, limit);
  }

  private Packet with(String fromMac, String toMac, Address from, Address to, int limit) {
    return new Packet(
        fromMac, toMac, from, to, payload, body, checksumAt, extensions, next, fragment, id, limit);
  }

  /** With options of IPv4, a multiple of four bytes. */
  public Packet options(byte... bytes) {
    return extended(bytes, payload);
  }

  /** With extension headers of IPv6, which name each other; the last one names the payload. */
  public Packet extended(byte[] headers, int first) {
    return new Packet(
        sourceMac,
        destinationMac,
        source,
        destination,
        payload,
        body,
        checksumAt,
        headers,
        first,
        fragment,
        id,
        hops);
  }

  /**
   * A fragment of this packet.
   *
   * @param datagram which the fragments of one packet have in common
   * @param from offset in bytes in the body, a multiple of 8
   * @param to offset behind the last byte
   */
  public Packet part(int datagram, int from, int to) {
    byte[] whole = checked();
    boolean more = to < whole.length;
    byte[] header = extensions;
    int first = next;
    if (source.ipv6()) {
      header =
          ByteBuffer.allocate(8)
              .put((byte) payload)
              .put((byte) 0)
              .putShort((short) (from | (more ? 1 : 0)))
              .putInt(datagram)
              .array();
      first = FRAGMENT_HEADER;
    }
    return new Packet(
        sourceMac,
        destinationMac,
        source,
        destination,
        payload,
        Arrays.copyOfRange(whole, from, to),
        -1,
        header,
        first,
        from / 8 | (more ? MORE_FRAGMENTS : 0),
        datagram,
        hops);
  }

  /** The frame, from the destination's MAC on. */
  public byte[] bytes() {
    byte[] layer4 = checked();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(mac(destinationMac));
    out.writeBytes(mac(sourceMac));
    out.writeBytes(
        new byte[] {(byte) (source.ipv6() ? 0x86 : 8), (byte) (source.ipv6() ? 0xdd : 0)});
    out.writeBytes(source.ipv6() ? header6(layer4) : header4(layer4));
    out.writeBytes(extensions);
    out.writeBytes(layer4);
    return out.toByteArray();
  }

  private byte[] header4(byte[] layer4) {
    byte[] header = new byte[20];
    ByteBuffer.wrap(header)
        .put((byte) (0x45 + extensions.length / 4))
        .put((byte) 0)
        .putShort((short) (20 + extensions.length + layer4.length))
        .putShort((short) id)
        .putShort((short) fragment)
        .put((byte) hops)
        .put((byte) payload)
        .putShort((short) 0)
        .put(source.bytes())
        .put(destination.bytes());
    ByteBuffer all = ByteBuffer.allocate(20 + extensions.length).put(header).put(extensions);
    ByteBuffer.wrap(header).putShort(10, (short) Checksum.of(all.array()));
    return header;
  }

  private byte[] header6(byte[] layer4) {
    return ByteBuffer.allocate(40)
        .putInt(0x60000000)
        .putShort((short) (extensions.length + layer4.length))
        .put((byte) next)
        .put((byte) hops)
        .put(source.bytes())
        .put(destination.bytes())
        .array();
  }

  private byte[] checked() {
    byte[] filled = body.clone();
    if (checksumAt >= 0) {
      ByteBuffer.wrap(filled)
          .putShort(checksumAt, (short) Checksum.ofLayer4(source, destination, payload, filled));
    }
    return filled;
  }

  /** {@code 02:00:00:00:00:01} as six bytes. */
  public static byte[] mac(String text) {
    return HexFormat.ofDelimiter(":").parseHex(text);
  }
}
