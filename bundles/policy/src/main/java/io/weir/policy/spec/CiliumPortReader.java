package io.weir.policy.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads {@code toPorts} and {@code icmps}. */
final class CiliumPortReader {
  private static final Set<String> TO_PORTS =
      Set.of("ports", "rules", "serverNames", "listener", "terminatingTLS", "originatingTLS");
  private static final Set<String> DENY_TO_PORTS = Set.of("ports");
  private static final Set<String> PORT = Set.of("port", "endPort", "protocol");
  private static final Set<String> NOT_YET_PROTOCOLS =
      Set.of("VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH");
  private static final Set<String> ICMP = Set.of("fields");
  private static final Set<String> ICMP_FIELD = Set.of("family", "type");
  private static final int MOST = 40;

  private CiliumPortReader() {}

  static List<PortMatch> ports(Node toPorts, boolean deny) {
    List<PortMatch> ports = new ArrayList<>();
    for (Node element : toPorts.list()) {
      element.only(deny ? DENY_TO_PORTS : TO_PORTS);
      for (String field : List.of("serverNames", "listener", "terminatingTLS", "originatingTLS")) {
        if (element.field(field).present()) {
          throw element.field(field).notEnforced();
        }
      }
      Node rules = element.field("rules");
      if (rules.present()) {
        throw refuseRules(rules);
      }
      Node list = element.field("ports");
      if (list.list().isEmpty() || list.list().size() > MOST) {
        throw list.refuse("1 to " + MOST + " ports", list.list().size() + " of them");
      }
      for (Node port : list.list()) {
        port.only(PORT);
        port(port, ports);
      }
    }
    return ports;
  }

  static List<PortMatch> icmps(Node icmps) {
    List<PortMatch> types = new ArrayList<>();
    for (Node icmp : icmps.list()) {
      icmp.only(ICMP);
      Node fields = icmp.field("fields");
      if (fields.list().isEmpty() || fields.list().size() > MOST) {
        throw fields.refuse("1 to " + MOST + " fields", fields.list().size() + " of them");
      }
      for (Node field : fields.list()) {
        field.only(ICMP_FIELD);
        types.add(IcmpTypes.read(field));
      }
    }
    return types;
  }

  /** Names the protocol whose requests the rules are about, if they name one. */
  private static RuntimeException refuseRules(Node rules) {
    for (String protocol : List.of("http", "dns", "kafka", "l7", "l7proto")) {
      if (rules.field(protocol).present()) {
        return rules.field(protocol).notEnforced();
      }
    }
    return rules.notEnforced();
  }

  private static void port(Node node, List<PortMatch> ports) {
    List<Integer> protocols = protocols(node.field("protocol"));
    Node port = node.field("port");
    Node end = node.field("endPort");
    String text = port.text();
    if (!text.matches("\\d+")) {
      if (end.present()) {
        throw end.wrong("endPort needs a port as a number");
      }
      String name = PortNames.read(port);
      protocols.forEach(protocol -> ports.add(new PortMatch.Named(protocol, name)));
      return;
    }
    if (text.length() > 5 || Integer.parseInt(text) > 65535) {
      throw port.refuse("a port number from 0 to 65535, or a name");
    }
    int first = Integer.parseInt(text);
    if (first == 0) {
      if (end.present()) {
        throw end.wrong("endPort cannot stand beside port 0, which is every port");
      }
      protocols.forEach(protocol -> ports.add(PortMatch.every(protocol)));
      return;
    }
    int last = end.present() ? end.number(first, 65535) : first;
    protocols.forEach(protocol -> ports.add(new PortMatch.Range(protocol, first, last)));
  }

  private static List<Integer> protocols(Node node) {
    String name = node.optionalText().orElse("ANY");
    if (NOT_YET_PROTOCOLS.contains(name)) {
      throw node.notEnforced();
    }
    return switch (name) {
      case "ANY" -> Protocols.WITH_PORTS;
      case "TCP" -> List.of(Protocols.TCP);
      case "UDP" -> List.of(Protocols.UDP);
      case "SCTP" -> List.of(Protocols.SCTP);
      default -> throw node.refuse("TCP, UDP, SCTP or ANY");
    };
  }
}
