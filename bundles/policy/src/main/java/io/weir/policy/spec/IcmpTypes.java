package io.weir.policy.spec;

import java.util.Map;

/** ICMP types by name, as Cilium's policies write them (IANA's parameters of ICMP and ICMPv6). */
final class IcmpTypes {
  private static final Map<String, Integer> IPV4 =
      Map.ofEntries(
          Map.entry("EchoReply", 0),
          Map.entry("DestinationUnreachable", 3),
          Map.entry("Redirect", 5),
          Map.entry("Echo", 8),
          Map.entry("EchoRequest", 8),
          Map.entry("RouterAdvertisement", 9),
          Map.entry("RouterSelection", 10),
          Map.entry("TimeExceeded", 11),
          Map.entry("ParameterProblem", 12),
          Map.entry("Timestamp", 13),
          Map.entry("TimestampReply", 14),
          Map.entry("Photuris", 40),
          Map.entry("ExtendedEchoRequest", 42),
          Map.entry("ExtendedEcho Reply", 43),
          Map.entry("ExtendedEchoReply", 43));

  private static final Map<String, Integer> IPV6 =
      Map.ofEntries(
          Map.entry("DestinationUnreachable", 1),
          Map.entry("PacketTooBig", 2),
          Map.entry("TimeExceeded", 3),
          Map.entry("ParameterProblem", 4),
          Map.entry("EchoRequest", 128),
          Map.entry("EchoReply", 129),
          Map.entry("MulticastListenerQuery", 130),
          Map.entry("MulticastListenerReport", 131),
          Map.entry("MulticastListenerDone", 132),
          Map.entry("RouterSolicitation", 133),
          Map.entry("RouterAdvertisement", 134),
          Map.entry("NeighborSolicitation", 135),
          Map.entry("NeighborAdvertisement", 136),
          Map.entry("RedirectMessage", 137),
          Map.entry("RouterRenumbering", 138),
          Map.entry("ICMPNodeInformationQuery", 139),
          Map.entry("ICMPNodeInformationResponse", 140),
          Map.entry("InverseNeighborDiscoverySolicitation", 141),
          Map.entry("InverseNeighborDiscoveryAdvertisement", 142),
          Map.entry("HomeAgentAddressDiscoveryRequest", 144),
          Map.entry("HomeAgentAddressDiscoveryReply", 145),
          Map.entry("MobilePrefixSolicitation", 146),
          Map.entry("MobilePrefixAdvertisement", 147),
          Map.entry("DuplicateAddressRequestCodeSuffix", 157),
          Map.entry("DuplicateAddressConfirmationCodeSuffix", 158),
          Map.entry("ExtendedEchoRequest", 160),
          Map.entry("ExtendedEchoReply", 161));

  private IcmpTypes() {}

  /** Reads {@code {family, type}}; the family is IPv4 where none is written. */
  static PortMatch read(Node field) {
    Node family = field.field("family");
    boolean ipv6 =
        switch (family.optionalText().orElse("IPv4")) {
          case "IPv4" -> false;
          case "IPv6" -> true;
          default -> throw family.refuse("IPv4 or IPv6");
        };
    int type = type(field.field("type"), ipv6);
    return new PortMatch.Range(ipv6 ? Protocols.ICMPV6 : Protocols.ICMP, type, type);
  }

  private static int type(Node node, boolean ipv6) {
    if (node.isNumber()) {
      return node.number(0, 255);
    }
    String text = node.text();
    if (text.matches("\\d{1,3}") && Integer.parseInt(text) < 256) {
      return Integer.parseInt(text);
    }
    Integer type = (ipv6 ? IPV6 : IPV4).get(text);
    if (type == null) {
      throw node.refuse(
          "a number from 0 to 255, or the name of an %s type".formatted(ipv6 ? "ICMPv6" : "ICMP"));
    }
    return type;
  }
}
