package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

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
  private final boolean counted;

  private Events(int type, boolean counted, boolean ipv6) {
    this.ipv6 = ipv6;
    this.counted = counted;
    int length = ipv6 ? 64 : 40;
    bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0, (byte) type).put(1, (byte) Abi.ABI_EVENTS).putShort(2, (short) length);
    flags(ipv6 ? Abi.EVENT_IPV6 : 0);
  }

  /** Without counters. */
  static Events of(int type) {
    return new Events(type, false, false);
  }

  static Events of6(int type) {
    return new Events(type, false, true);
  }

  static Events counted(int type) {
    return new Events(type, true, false);
  }

  static Events counted6(int type) {
    return new Events(type, true, true);
  }

  /** A SYN of xwing, endpoint 7, to the death star, endpoint 8. */
  static Events xwing(int type) {
    return of(type).tcp(43210, 80, SYN).ends("10.0.0.7", "10.0.0.8").identities(12345, 23456);
  }

  Events reason(int reason) {
    bytes.put(30, (byte) reason);
    return this;
  }

  Events tcp(int source, int destination, int flags) {
    return l4(6, source, destination).tcpFlags(flags);
  }

  Events l4(int protocol, int source, int destination) {
    bytes.put(9, (byte) protocol);
    bytes.order(ByteOrder.BIG_ENDIAN);
    bytes.putShort(12, (short) source).putShort(14, (short) destination);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    return this;
  }

  Events tcpFlags(int flags) {
    bytes.put(10, (byte) flags);
    return this;
  }

  Events time(long nanos) {
    bytes.putInt(4, (int) (nanos >> 10)).put(8, (byte) (nanos >> 42));
    return this;
  }

  Events identities(int source, int destination) {
    bytes.putInt(16, source).putInt(20, destination);
    return this;
  }

  Events rules(int egress, int ingress) {
    bytes.putShort(26, (short) egress).putShort(28, (short) ingress);
    return this;
  }

  Events service(int id) {
    bytes.putShort(24, (short) id);
    return this;
  }

  Events flags(int flags) {
    bytes.put(11, (byte) (bytes.get(11) | flags));
    return this;
  }

  Events ends(String source, String destination) {
    bytes.position(counted ? 16 : 32);
    bytes.put(Address.parse(source).bytes()).put(Address.parse(destination).bytes());
    return this;
  }

  /** Of the direction. */
  Events counts(long packets, long octets) {
    int at = ipv6 ? 48 : 24;
    bytes.putLong(at, packets).putLong(at + 8, octets);
    return this;
  }

  byte[] bytes() {
    return bytes.array().clone();
  }

  String hex() {
    return HexFormat.of().formatHex(bytes.array());
  }

  RawEvent raw() {
    byte[] record = bytes();
    RawEvent event = new RawEvent();
    assertThat(event.decode(record, 0, record.length, 0)).isTrue();
    return event;
  }

  Event event() {
    return raw().event();
  }
}
