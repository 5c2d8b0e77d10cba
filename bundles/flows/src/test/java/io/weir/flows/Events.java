package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.flows.abi.Abi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** Records as the kernel writes them, by hand: offsets are those of bpf/abi/events.h. */
final class Events {
  static final int SYN = 2;

  private final ByteBuffer bytes;
  private final boolean ipv6;

  private Events(int type, int length, boolean ipv6) {
    this.ipv6 = ipv6;
    bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0, (byte) type).put(1, (byte) 1).putShort(2, (short) length);
    flags(ipv6 ? Abi.EVENT_IPV6 : 0);
  }

  /** Without counters. */
  static Events of(int type) {
    return new Events(type, 56, false);
  }

  static Events of6(int type) {
    return new Events(type, 80, true);
  }

  static Events counted(int type) {
    return new Events(type, 88, false);
  }

  /** A SYN of xwing, endpoint 7, to the death star, endpoint 8. */
  static Events xwing(int type) {
    return of(type).tcp(43210, 80, SYN).ends("10.0.0.7", "10.0.0.8").parties(7, 12345, 8, 23456);
  }

  Events reason(int reason) {
    bytes.put(4, (byte) reason);
    return this;
  }

  Events tcp(int source, int destination, int flags) {
    return l4(6, source, destination).tcpFlags(flags);
  }

  Events l4(int protocol, int source, int destination) {
    bytes.put(5, (byte) protocol);
    bytes.order(ByteOrder.BIG_ENDIAN);
    bytes.putShort(40, (short) source).putShort(42, (short) destination);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    return this;
  }

  Events tcpFlags(int flags) {
    bytes.put(6, (byte) flags);
    return this;
  }

  Events time(long nanos) {
    bytes.putLong(8, nanos);
    return this;
  }

  Events parties(int endpoint, int identity, int toEndpoint, int toIdentity) {
    bytes.putInt(16, identity).putInt(20, toIdentity);
    bytes.putShort(24, (short) endpoint).putShort(26, (short) toEndpoint);
    return this;
  }

  Events ifindex(int index) {
    bytes.putInt(28, index);
    return this;
  }

  Events rules(int egress, int ingress) {
    bytes.putInt(32, egress).putInt(36, ingress);
    return this;
  }

  Events service(int id) {
    bytes.putShort(44, (short) id);
    return this;
  }

  Events flags(int flags) {
    bytes.putShort(46, (short) (bytes.getShort(46) | flags));
    return this;
  }

  Events ends(String source, String destination) {
    bytes.position(48);
    bytes.put(Address.parse(source).bytes()).put(Address.parse(destination).bytes());
    return this;
  }

  Events counts(long packets, long octets, long replyPackets, long replyOctets) {
    int at = ipv6 ? 80 : 56;
    bytes.putLong(at, packets).putLong(at + 8, octets);
    bytes.putLong(at + 16, replyPackets).putLong(at + 24, replyOctets);
    return this;
  }

  byte[] bytes() {
    return bytes.array().clone();
  }

  String hex() {
    return HexFormat.of().formatHex(bytes.array());
  }

  Event event() {
    byte[] record = bytes();
    return Event.decode(record, 0, record.length).orElseThrow();
  }
}
