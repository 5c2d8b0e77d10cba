package io.weir.itests.rules;

/**
 * What kind of packet is sent.
 *
 * @param port of the receiver; of ICMP the type of IPv4
 * @param type6 of ICMP the type of IPv6
 */
record Probe(Kind kind, int port, int type6) {
  enum Kind {
    TCP,
    UDP,
    SCTP,
    ICMP
  }

  /** Echo requests. */
  static final Probe PING = icmp(8, 128);

  static Probe tcp(int port) {
    return new Probe(Kind.TCP, port, 0);
  }

  static Probe udp(int port) {
    return new Probe(Kind.UDP, port, 0);
  }

  static Probe sctp(int port) {
    return new Probe(Kind.SCTP, port, 0);
  }

  static Probe icmp(int type4, int type6) {
    return new Probe(Kind.ICMP, type4, type6);
  }

  /** What policies call the port. */
  int asked(boolean ipv6) {
    return kind == Kind.ICMP && ipv6 ? type6 : port;
  }

  /** As {@code weir policy explain} wants it behind the receiver. */
  String text(boolean ipv6) {
    String protocol = kind == Kind.ICMP && ipv6 ? "ICMPV6" : kind.name();
    return asked(ipv6) + "/" + protocol;
  }

  @Override
  public String toString() {
    return text(false);
  }
}
