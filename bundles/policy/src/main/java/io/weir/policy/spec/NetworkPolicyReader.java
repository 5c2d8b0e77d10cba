package io.weir.policy.spec;

import io.weir.api.row.Direction;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads a NetworkPolicy of {@code networking.k8s.io/v1}. */
final class NetworkPolicyReader {
  private static final Set<String> SPEC = Set.of("podSelector", "policyTypes", "ingress", "egress");
  private static final Set<String> INGRESS = Set.of("from", "ports");
  private static final Set<String> EGRESS = Set.of("to", "ports");
  private static final Set<String> PEER = Set.of("podSelector", "namespaceSelector", "ipBlock");
  private static final Set<String> BLOCK = Set.of("cidr", "except");
  private static final Set<String> PORT = Set.of("port", "endPort", "protocol");

  private final String namespace;

  private NetworkPolicyReader(String namespace) {
    this.namespace = namespace;
  }

  static Policy read(Resource resource) {
    String namespace = resource.key().namespace();
    Node spec = Node.of(resource, "spec");
    if (!spec.present()) {
      throw spec.refuse("a map");
    }
    spec.only(SPEC);
    NetworkPolicyReader reader = new NetworkPolicyReader(namespace);
    List<Rule> rules = new ArrayList<>();
    rules.addAll(reader.rules(spec.field("ingress"), Direction.INGRESS));
    rules.addAll(reader.rules(spec.field("egress"), Direction.EGRESS));
    Set<Direction> isolated = isolated(spec);
    rules.removeIf(rule -> !isolated.contains(rule.direction()));
    LabelSelector subject =
        SelectorReader.ofPods(spec.field("podSelector"))
            .and(Requirement.equal("k8s", SelectorReader.NAMESPACE, namespace));
    return new Policy(
        resource.key(),
        List.of(
            new Spec(
                subject,
                isolated.contains(Direction.INGRESS),
                isolated.contains(Direction.EGRESS),
                rules)),
        List.of());
  }

  /** Absent types mean ingress, and egress if there is a rule for it. */
  private static Set<Direction> isolated(Node spec) {
    Set<Direction> isolated = new HashSet<>();
    List<Node> types = spec.field("policyTypes").list();
    if (types.isEmpty()) {
      isolated.add(Direction.INGRESS);
      if (!spec.field("egress").list().isEmpty()) {
        isolated.add(Direction.EGRESS);
      }
    }
    for (Node type : types) {
      isolated.add(
          switch (type.text()) {
            case "Ingress" -> Direction.INGRESS;
            case "Egress" -> Direction.EGRESS;
            default -> throw type.refuse("Ingress or Egress");
          });
    }
    return isolated;
  }

  private List<Rule> rules(Node section, Direction direction) {
    boolean ingress = direction == Direction.INGRESS;
    String name = ingress ? "ingress" : "egress";
    List<Rule> rules = new ArrayList<>();
    for (Node rule : section.list()) {
      rule.needed("a map; {} for everyone");
      rule.only(ingress ? INGRESS : EGRESS);
      Peers peers = peers(rule.field(ingress ? "from" : "to"));
      List<PortMatch> ports = ports(rule.field("ports"));
      rules.add(new Rule(direction, name + '[' + rules.size() + ']', false, peers, ports));
    }
    return rules;
  }

  /** None written is everyone. */
  private Peers peers(Node list) {
    if (list.list().isEmpty()) {
      return Peers.EVERYONE;
    }
    List<PeerSelector> selectors = new ArrayList<>();
    for (Node peer : list.list()) {
      peer.only(PEER);
      peer(peer, selectors);
    }
    return new Peers.AnyOf(selectors);
  }

  private void peer(Node peer, List<PeerSelector> selectors) {
    Node pods = peer.field("podSelector");
    Node namespaces = peer.field("namespaceSelector");
    Node block = peer.field("ipBlock");
    if (block.present()) {
      if (pods.present() || namespaces.present()) {
        throw peer.wrong(
            "ipBlock cannot stand beside podSelector or namespaceSelector in one peer");
      }
      selectors.add(block(block));
      return;
    }
    if (!pods.present() && !namespaces.present()) {
      if (pods.written() || namespaces.written()) {
        return; // a selector that is written as null selects nobody
      }
      throw peer.refuse("podSelector, namespaceSelector or ipBlock", "none of them");
    }
    LabelSelector selector = SelectorReader.ofPods(pods);
    if (namespaces.present()) {
      List<Requirement> both = new ArrayList<>(selector.requirements());
      both.addAll(SelectorReader.ofNamespaces(namespaces).requirements());
      both.add(Requirement.exists("k8s", SelectorReader.NAMESPACE));
      selector = new LabelSelector(both);
    } else {
      selector = selector.and(Requirement.equal("k8s", SelectorReader.NAMESPACE, namespace));
    }
    selectors.add(new PeerSelector.Labelled(selector));
  }

  private static PeerSelector block(Node node) {
    node.only(BLOCK);
    Prefix block = node.field("cidr").block(false);
    List<Prefix> except = new ArrayList<>();
    for (Node hole : node.field("except").list()) {
      Prefix prefix = hole.block(false);
      if (!block.contains(prefix) || prefix.equals(block)) {
        throw hole.refuse("a block inside " + block);
      }
      except.add(prefix);
    }
    return new PeerSelector.InBlock(block, except, PeerSelector.InBlock.Reach.ALL);
  }

  /** None written is every port of every protocol. */
  private static List<PortMatch> ports(Node list) {
    if (list.list().isEmpty()) {
      return List.of(PortMatch.ALL);
    }
    List<PortMatch> ports = new ArrayList<>();
    for (Node node : list.list()) {
      node.needed("a map; {} for every port of TCP");
      node.only(PORT);
      ports.add(port(node));
    }
    return ports;
  }

  private static PortMatch port(Node node) {
    Node written = node.field("protocol");
    int protocol =
        switch (written.optionalText().orElse("TCP")) {
          case "TCP" -> Protocols.TCP;
          case "UDP" -> Protocols.UDP;
          case "SCTP" -> Protocols.SCTP;
          default -> throw written.refuse("TCP, UDP or SCTP");
        };
    Node port = node.field("port");
    Node end = node.field("endPort");
    if (!port.present()) {
      if (end.present()) {
        throw end.wrong("endPort needs a port as a number");
      }
      return PortMatch.every(protocol);
    }
    if (port.isNumber()) {
      int first = port.number(1, 65535);
      return new PortMatch.Range(protocol, first, end.present() ? end.number(first, 65535) : first);
    }
    if (end.present()) {
      throw end.wrong("endPort needs a port as a number");
    }
    return new PortMatch.Named(protocol, PortNames.read(port));
  }
}
