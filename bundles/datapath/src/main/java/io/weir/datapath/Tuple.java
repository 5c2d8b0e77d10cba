package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.datapath.abi.Flow4KeyLayout;
import io.weir.datapath.abi.Flow6KeyLayout;
import io.weir.datapath.abi.NatLayout;

/** Who sends to whom: the key of a direction of a flow. For ICMP see {@code struct flow4_key}. */
record Tuple(
    int protocol,
    int leg,
    Address source,
    int sourcePort,
    Address destination,
    int destinationPort) {
  static Tuple decode(FlowFamily family, byte[] key) {
    return family.ipv6()
        ? new Tuple(
            Flow6KeyLayout.protocol(key, 0),
            Flow6KeyLayout.leg(key, 0),
            Address.of(Flow6KeyLayout.source(key, 0)),
            Flow6KeyLayout.sourcePort(key, 0),
            Address.of(Flow6KeyLayout.destination(key, 0)),
            Flow6KeyLayout.destinationPort(key, 0))
        : new Tuple(
            Flow4KeyLayout.protocol(key, 0),
            Flow4KeyLayout.leg(key, 0),
            ipv4(Flow4KeyLayout.source(key, 0)),
            Flow4KeyLayout.sourcePort(key, 0),
            ipv4(Flow4KeyLayout.destination(key, 0)),
            Flow4KeyLayout.destinationPort(key, 0));
  }

  byte[] encode() {
    if (source.ipv6()) {
      byte[] key = new byte[Flow6KeyLayout.SIZE];
      Flow6KeyLayout.source(key, 0, source.bytes());
      Flow6KeyLayout.destination(key, 0, destination.bytes());
      Flow6KeyLayout.sourcePort(key, 0, sourcePort);
      Flow6KeyLayout.destinationPort(key, 0, destinationPort);
      Flow6KeyLayout.protocol(key, 0, protocol);
      Flow6KeyLayout.leg(key, 0, leg);
      return key;
    }
    byte[] key = new byte[Flow4KeyLayout.SIZE];
    Flow4KeyLayout.source(key, 0, (int) source.low());
    Flow4KeyLayout.destination(key, 0, (int) destination.low());
    Flow4KeyLayout.sourcePort(key, 0, sourcePort);
    Flow4KeyLayout.destinationPort(key, 0, destinationPort);
    Flow4KeyLayout.protocol(key, 0, protocol);
    Flow4KeyLayout.leg(key, 0, leg);
    return key;
  }

  /** That of the answers. */
  Tuple reverse() {
    return new Tuple(protocol, leg, destination, destinationPort, source, sourcePort);
  }

  /** With the source of another. */
  Tuple from(Tuple other) {
    return new Tuple(protocol, leg, other.source, other.sourcePort, destination, destinationPort);
  }

  /** What a translation makes of it. */
  Tuple translated(byte[] nat) {
    return new Tuple(
        protocol,
        leg,
        Address.ofMapped(NatLayout.source(nat, 0)),
        NatLayout.sourcePort(nat, 0),
        Address.ofMapped(NatLayout.destination(nat, 0)),
        NatLayout.destinationPort(nat, 0));
  }

  private static Address ipv4(int address) {
    return new Address(false, 0, address & 0xffffffffL);
  }
}
