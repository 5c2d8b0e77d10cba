package io.weir.policy.spec;

import io.weir.api.row.Direction;
import io.weir.api.row.Prefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads one rule of a Cilium policy: whom it is about, by one kind of selector only, and ports. */
final class CiliumRuleReader {
  private static final Set<String> KINDS =
      Set.of("Endpoints", "CIDR", "CIDRSet", "Entities", "Nodes", "Groups");
  private static final Set<String> EGRESS_KINDS = Set.of("Services", "FQDNs");
  private static final List<String> NOT_YET = List.of("Nodes", "Groups", "Services", "FQDNs");
  private static final Set<String> CIDR_SET =
      Set.of("cidr", "except", "cidrGroupRef", "cidrGroupSelector");
  private static final Set<String> AUTHENTICATION = Set.of("mode");

  private final String namespace;
  private final boolean forInit;
  private final PeerSelector.InBlock.Reach reach;

  /**
   * A reader.
   *
   * @param namespace of the policy; empty for a cluster-wide one
   * @param forInit whether the rules are for endpoints without labels, which have no namespace
   */
  CiliumRuleReader(String namespace, boolean forInit, boolean cidrsMatchNodes) {
    this.namespace = namespace;
    this.forInit = forInit;
    reach = cidrsMatchNodes ? PeerSelector.InBlock.Reach.NODES : PeerSelector.InBlock.Reach.WORLD;
  }

  Rule read(Node rule, Direction direction, String section, boolean deny) {
    String side = direction == Direction.INGRESS ? "from" : "to";
    if (!rule.present()) {
      throw rule.refuse("a map");
    }
    rule.only(fields(direction, side, deny));
    refuseWhatIsNotEnforced(rule, side, deny);
    Node toPorts = rule.field("toPorts");
    Node icmps = rule.field("icmps");
    boolean hasPorts = !toPorts.list().isEmpty();
    boolean hasIcmps = !icmps.list().isEmpty();
    if (hasPorts && hasIcmps) {
      throw icmps.wrong("icmps cannot stand beside toPorts in one rule; write two rules");
    }
    Peers peers = peers(rule, side);
    if (peers == null) {
      peers = hasPorts || hasIcmps ? Peers.EVERYONE : Peers.NOBODY;
    }
    List<PortMatch> ports =
        hasPorts
            ? CiliumPortReader.ports(toPorts, deny)
            : hasIcmps ? CiliumPortReader.icmps(icmps) : List.of(PortMatch.ALL);
    return new Rule(direction, section, deny, peers, ports);
  }

  private static Set<String> fields(Direction direction, String side, boolean deny) {
    Set<String> fields = new HashSet<>(Set.of("toPorts", "icmps", side + "Requires"));
    KINDS.forEach(kind -> fields.add(side + kind));
    if (direction == Direction.EGRESS) {
      EGRESS_KINDS.forEach(kind -> fields.add(side + kind));
    }
    if (deny) {
      fields.remove("toFQDNs");
    } else {
      fields.add("authentication");
    }
    return fields;
  }

  private static void refuseWhatIsNotEnforced(Node rule, String side, boolean deny) {
    Node requires = rule.field(side + "Requires");
    if (requires.written()) {
      throw requires.wrong(
          "%sRequires is no longer part of policies; write what peers must not be as a deny rule"
              .formatted(side));
    }
    for (String kind : NOT_YET) {
      Node node = rule.field(side + kind);
      if (node.present()) {
        throw node.notEnforced();
      }
    }
    Node authentication = rule.field("authentication");
    if (!deny && authentication.present()) {
      authentication.only(AUTHENTICATION);
      Node mode = authentication.field("mode");
      switch (mode.text()) {
        case "disabled" -> {}
        case "required", "test-always-fail" -> throw authentication.notEnforced();
        default -> throw mode.refuse("disabled, required or test-always-fail");
      }
    }
  }

  /** Null where the rule names no peers at all; an empty list names nobody. */
  private Peers peers(Node rule, String side) {
    Node endpoints = rule.field(side + "Endpoints");
    Node entities = rule.field(side + "Entities");
    Node cidrs = rule.field(side + "CIDR");
    Node cidrSets = rule.field(side + "CIDRSet");
    refuseTwo(endpoints, entities);
    refuseTwo(endpoints, cidrs);
    refuseTwo(endpoints, cidrSets);
    refuseTwo(entities, cidrs);
    refuseTwo(entities, cidrSets);
    if (List.of(endpoints, entities, cidrs, cidrSets).stream().noneMatch(Node::present)) {
      return null;
    }
    List<PeerSelector> selectors = new ArrayList<>();
    endpoints(endpoints, selectors);
    for (Node cidr : cidrs.list()) {
      selectors.add(new PeerSelector.InBlock(cidr.block(true), List.of(), reach));
    }
    for (Node set : cidrSets.list()) {
      selectors.add(cidrSet(set));
    }
    return entities(entities, selectors) ? Peers.EVERYONE : new Peers.AnyOf(selectors);
  }

  private static void refuseTwo(Node one, Node other) {
    if (!one.list().isEmpty() && !other.list().isEmpty()) {
      throw other.wrong(
          "combining %s and %s in one rule is not supported; write two rules"
              .formatted(name(one), name(other)));
    }
  }

  private static String name(Node node) {
    return node.path().substring(node.path().lastIndexOf('.') + 1);
  }

  private void endpoints(Node list, List<PeerSelector> selectors) {
    for (Node node : list.list()) {
      if (!node.present()) {
        throw node.refuse("a selector; {} for all");
      }
      selectors.add(new PeerSelector.Labelled(confined(SelectorReader.ofEndpoints(node))));
    }
  }

  /**
   * Peers are pods, of the policy's own namespace unless namespaces are selected too. Only where
   * labels of other sources are named is it about something else.
   */
  private LabelSelector confined(LabelSelector selector) {
    if (selector.demandsSource("reserved") || selector.demandsSource("cidr")) {
      return selector;
    }
    boolean anywhere =
        namespace.isEmpty()
            || forInit
            || selector.names("k8s", SelectorReader.NAMESPACE)
            || selector.namesKeyPrefix(SelectorReader.NAMESPACE_LABELS);
    return selector.and(
        anywhere
            ? Requirement.exists("k8s", SelectorReader.NAMESPACE)
            : Requirement.equal("k8s", SelectorReader.NAMESPACE, namespace));
  }

  /** Whether {@code all} is among them, which is everyone. */
  private static boolean entities(Node list, List<PeerSelector> selectors) {
    boolean everyone = false;
    for (Node node : list.list()) {
      String name = node.text();
      if (name.equals(Entity.ALL)) {
        everyone = true;
        continue;
      }
      Entity entity = Entity.of(name).orElseThrow(() -> node.refuse("one of " + Entity.names()));
      selectors.add(new PeerSelector.Named(entity));
    }
    return everyone;
  }

  private PeerSelector cidrSet(Node set) {
    set.only(CIDR_SET);
    for (String group : List.of("cidrGroupRef", "cidrGroupSelector")) {
      if (set.field(group).present()) {
        throw set.field(group).notEnforced();
      }
    }
    Prefix block = set.field("cidr").block(true);
    List<Prefix> except = new ArrayList<>();
    for (Node hole : set.field("except").list()) {
      Prefix prefix = hole.block(true);
      if (!block.contains(prefix)) {
        throw hole.refuse("a block inside " + block);
      }
      except.add(prefix);
    }
    return new PeerSelector.InBlock(block, except, reach);
  }
}
