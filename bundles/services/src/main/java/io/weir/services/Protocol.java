package io.weir.services;

/** What a port of a service speaks, with its number in the IP header (IANA). */
enum Protocol {
  TCP(6),
  UDP(17),
  SCTP(132);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /** Whether the kernel's side translates it; what it does not has no frontend. */
  boolean isBalanced() {
    return this != SCTP;
  }

  static Protocol of(Fields port) {
    return valueOf(port.text("protocol", "TCP"));
  }
}
