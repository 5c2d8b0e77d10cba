package io.weir.policy.spec;

/** Which destination ports a rule is about. */
public sealed interface PortMatch {
  /** Every port of every protocol, those without ports included. */
  record All() implements PortMatch {}

  /** Ports, or ICMP types, {@code first} to {@code last} of one protocol; 0–65535 is all of it. */
  record Range(int protocol, int first, int last) implements PortMatch {}

  /** The port that a pod gives this name: the one that receives. */
  record Named(int protocol, String name) implements PortMatch {}

  PortMatch ALL = new All();

  static PortMatch every(int protocol) {
    return new Range(protocol, 0, 65535);
  }
}
