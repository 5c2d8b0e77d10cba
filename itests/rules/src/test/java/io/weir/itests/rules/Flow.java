package io.weir.itests.rules;

import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;

/** Packets of one flow of one family, sent as often as asked. */
final class Flow {
  private static final int ICMP_UNREACHABLE = 3;
  private static final int ICMP_PORT_CODE = 3;
  private static final int ICMP6_UNREACHABLE = 1;
  private static final int ICMP6_PORT_CODE = 4;

  private final Kernel kernel;
  private final Party client;
  private final Party server;
  private final Probe probe;
  private final boolean ipv6;
  private final int port;

  Flow(Kernel kernel, Party client, Party server, Probe probe, boolean ipv6) {
    this.kernel = kernel;
    this.client = client;
    this.server = server;
    this.probe = probe;
    this.ipv6 = ipv6;
    port = kernel.freshPort();
  }

  /** Whether the first packet goes on. */
  boolean opens() {
    return kernel.send(client, server, first());
  }

  /** Whether the first answer goes on. */
  boolean isAnswered() {
    return kernel.send(server, client, answer());
  }

  /** As {@link #isAnswered}, on a thread of the kernel's. */
  boolean isAnsweredHere() {
    return kernel.sendHere(server, client, answer());
  }

  /** Whether a later packet of the client goes on. */
  boolean goesOn() {
    return kernel.send(client, server, later());
  }

  /** As {@link #goesOn}, on a thread of the kernel's. */
  boolean goesOnHere() {
    return kernel.sendHere(client, server, later());
  }

  /** Whether the server's complaint that there is no such port goes on. */
  boolean isComplainedOf() {
    Packet error =
        ipv6
            ? Packet.error(server, client, true, ICMP6_UNREACHABLE, ICMP6_PORT_CODE, first())
            : Packet.error(server, client, false, ICMP_UNREACHABLE, ICMP_PORT_CODE, first());
    return kernel.send(server, client, error);
  }

  private Packet first() {
    return Kernel.first(client, server, probe, port, ipv6);
  }

  private Packet answer() {
    return switch (probe.kind()) {
      case TCP -> Packet.tcp(server, probe.port(), client, port, ipv6, Packet.SYN | Packet.ACK);
      case UDP -> Packet.udp(server, probe.port(), client, port, ipv6);
      case SCTP -> Packet.sctp(server, probe.port(), client, port, ipv6);
      case ICMP -> Packet.echo(server, client, ipv6, false, port);
    };
  }

  private Packet later() {
    return probe.kind() == Probe.Kind.TCP
        ? Packet.tcp(client, port, server, probe.port(), ipv6, Packet.ACK)
        : first();
  }

  @Override
  public String toString() {
    return "%s → %s:%s, IPv%d".formatted(client, server, probe, ipv6 ? 6 : 4);
  }
}
