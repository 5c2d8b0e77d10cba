package io.weir.itests.rules;

/** Packets of one flow of one family, sent as often as asked. */
final class Flow {
  private static final int ICMP_UNREACHABLE = 3;
  private static final int ICMP_PORT_CODE = 3;
  private static final int ICMP6_UNREACHABLE = 1;
  private static final int ICMP6_PORT_CODE = 4;
  private static final int ICMP = 1;
  private static final int ICMP6 = 58;

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
    return kernel.send(client, server, ipv6, Kernel.first(client, server, probe, port, ipv6));
  }

  /** Whether the first answer goes on. */
  boolean isAnswered() {
    return kernel.send(server, client, ipv6, answer());
  }

  /** As {@link #isAnswered}, on a thread of the kernel's. */
  boolean isAnsweredHere() {
    return kernel.sendHere(server, client, ipv6, answer());
  }

  /** Whether a later packet of the client goes on. */
  boolean goesOn() {
    return kernel.send(client, server, ipv6, later());
  }

  /** As {@link #goesOn}, on a thread of the kernel's. */
  boolean goesOnHere() {
    return kernel.sendHere(client, server, ipv6, later());
  }

  private byte[] answer() {
    byte[] content =
        switch (probe.kind()) {
          case TCP -> Packets.tcp(probe.port(), port, Packets.SYN_ACK);
          case UDP -> Packets.udp(probe.port(), port);
          case SCTP -> Packets.sctp(probe.port(), port);
          case ICMP -> Packets.icmp(ipv6 ? 129 : 0, 0, port, new byte[0]);
        };
    return packet(server, client, content);
  }

  private byte[] later() {
    return probe.kind() == Probe.Kind.TCP
        ? packet(client, server, Packets.tcp(port, probe.port(), Packets.ACK))
        : Kernel.first(client, server, probe, port, ipv6);
  }

  /** Whether the server's complaint that there is no such port goes on. */
  boolean isComplainedOf() {
    byte[] carried = Kernel.first(client, server, probe, port, ipv6);
    byte[] error =
        ipv6
            ? Packets.icmp(ICMP6_UNREACHABLE, ICMP6_PORT_CODE, 0, carried)
            : Packets.icmp(ICMP_UNREACHABLE, ICMP_PORT_CODE, 0, carried);
    byte[] packet =
        Packets.ip(server.address(ipv6), client.address(ipv6), ipv6 ? ICMP6 : ICMP, error);
    return kernel.send(server, client, ipv6, packet);
  }

  private byte[] packet(Party from, Party to, byte[] content) {
    return Packets.ip(from.address(ipv6), to.address(ipv6), probe.protocol(ipv6), content);
  }

  @Override
  public String toString() {
    return "%s → %s:%s, IPv%d".formatted(client, server, probe, ipv6 ? 6 : 4);
  }
}
