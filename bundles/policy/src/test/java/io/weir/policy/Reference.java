package io.weir.policy;

import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says what policies mean for one flow, from what is written and nothing else: no identities, no
 * classes, nothing read ahead. Slow, and short enough to be checked by eye.
 */
final class Reference {
  /** One end of a flow: a pod, this node, the other node, or an address outside. */
  record Actor(Optional<Resource> pod, Address address, String entity) {}

  private final World world;

  Reference(World world) {
    this.world = world;
  }

  boolean passes(Actor from, Actor to, int protocol, int port) {
    boolean itself = from.pod().isPresent() && from.pod().equals(to.pod());
    return itself
        || side(from, to, to, false, protocol, port) && side(to, from, to, true, protocol, port);
  }

  private boolean side(
      Actor owner, Actor peer, Actor receiver, boolean ingress, int protocol, int port) {
    if (owner.pod().isEmpty()) {
      return true;
    }
    boolean isolated = false;
    boolean allowed = ingress && peer.entity().equals("host");
    boolean denied = false;
    for (Resource policy : world.policies().values()) {
      for (Map<?, ?> spec : specs(policy)) {
        if (!selects(policy, spec, owner)) {
          continue;
        }
        isolated |= isolates(policy, spec, ingress);
        for (Object rule : list(spec, ingress ? "ingress" : "egress")) {
          allowed |=
              applies(policy, spec, ingress)
                  && matches(policy, map(rule), peer, receiver, ingress, protocol, port);
        }
        for (Object rule : list(spec, ingress ? "ingressDeny" : "egressDeny")) {
          denied |= matches(policy, map(rule), peer, receiver, ingress, protocol, port);
        }
      }
    }
    return !denied && (allowed || !isolated);
  }

  private static List<Map<?, ?>> specs(Resource policy) {
    List<Map<?, ?>> specs = new ArrayList<>();
    if (policy.body().get("spec") instanceof Map<?, ?> spec) {
      specs.add(spec);
    }
    list(policy.body(), "specs").forEach(spec -> specs.add(map(spec)));
    return specs;
  }

  private static boolean kubernetes(Resource policy) {
    return policy.key().kind().equals("NetworkPolicy");
  }

  /** A NetworkPolicy's types; rules of another type have no effect. */
  private static boolean applies(Resource policy, Map<?, ?> spec, boolean ingress) {
    return !kubernetes(policy) || isolates(policy, spec, ingress);
  }

  private static boolean isolates(Resource policy, Map<?, ?> spec, boolean ingress) {
    String name = ingress ? "ingress" : "egress";
    if (kubernetes(policy)) {
      List<?> types = list(spec, "policyTypes");
      return types.isEmpty()
          ? ingress || !list(spec, "egress").isEmpty()
          : types.contains(ingress ? "Ingress" : "Egress");
    }
    if (spec.get("enableDefaultDeny") instanceof Map<?, ?> flags
        && flags.get(name) instanceof Boolean flag) {
      return flag;
    }
    return !list(spec, name).isEmpty() || !list(spec, name + "Deny").isEmpty();
  }

  private boolean selects(Resource policy, Map<?, ?> spec, Actor subject) {
    String namespace = policy.key().namespace();
    Resource pod = subject.pod().orElseThrow();
    boolean here = namespace.isEmpty() || pod.key().namespace().equals(namespace);
    return here && selected(spec.get(kubernetes(policy) ? "podSelector" : "endpointSelector"), pod);
  }

  private boolean matches(
      Resource policy,
      Map<?, ?> rule,
      Actor peer,
      Actor receiver,
      boolean ingress,
      int protocol,
      int port) {
    return kubernetes(policy)
        ? kubernetesPeers(policy, list(rule, ingress ? "from" : "to"), peer)
            && kubernetesPorts(list(rule, "ports"), receiver, protocol, port)
        : ciliumPeers(policy, rule, ingress ? "from" : "to", peer)
            && ciliumPorts(rule, receiver, protocol, port);
  }

  private boolean kubernetesPeers(Resource policy, List<?> peers, Actor actor) {
    if (peers.isEmpty()) {
      return true;
    }
    for (Object one : peers) {
      Map<?, ?> peer = map(one);
      if (peer.get("ipBlock") instanceof Map<?, ?> block) {
        if (inBlock((String) block.get("cidr"), list(block, "except"), actor.address())) {
          return true;
        }
        continue;
      }
      if (actor.pod().isEmpty()) {
        continue;
      }
      Resource pod = actor.pod().get();
      boolean namespace =
          peer.get("namespaceSelector") == null
              ? pod.key().namespace().equals(policy.key().namespace())
              : selectedBy(peer.get("namespaceSelector"), namespaceLabels(pod.key().namespace()));
      if (namespace && selected(peer.get("podSelector"), pod)) {
        return true;
      }
    }
    return false;
  }

  private boolean ciliumPeers(Resource policy, Map<?, ?> rule, String side, Actor actor) {
    boolean any = false;
    if (rule.containsKey(side + "Endpoints")) {
      any = true;
      for (Object selector : list(rule, side + "Endpoints")) {
        String namespace = policy.key().namespace();
        boolean named = selector.toString().contains("io.kubernetes.pod.namespace");
        if (actor.pod().isPresent()
            && (named
                || namespace.isEmpty()
                || namespace.equals(actor.pod().get().key().namespace()))
            && selected(selector, actor.pod().get())) {
          return true;
        }
      }
    }
    if (rule.containsKey(side + "Entities")) {
      any = true;
      for (Object entity : list(rule, side + "Entities")) {
        boolean cluster = !actor.entity().equals("world");
        if (entity.equals("all")
            || entity.equals("cluster") && cluster
            || entity.equals(actor.entity())) {
          return true;
        }
      }
    }
    for (String field : List.of(side + "CIDR", side + "CIDRSet")) {
      any |= rule.containsKey(field);
      for (Object block : list(rule, field)) {
        boolean inside =
            block instanceof Map<?, ?> set
                ? inBlock((String) set.get("cidr"), list(set, "except"), actor.address())
                : inBlock((String) block, List.of(), actor.address());
        if (inside && actor.entity().equals("world")) {
          return true;
        }
      }
    }
    return !any && (!list(rule, "toPorts").isEmpty() || !list(rule, "icmps").isEmpty());
  }

  private static boolean inBlock(String block, List<?> except, Address address) {
    return Prefix.parse(block).contains(address)
        && except.stream().noneMatch(hole -> Prefix.parse((String) hole).contains(address));
  }

  private static boolean kubernetesPorts(List<?> ports, Actor receiver, int protocol, int port) {
    if (ports.isEmpty()) {
      return true;
    }
    for (Object one : ports) {
      Map<?, ?> written = map(one);
      Object name = written.get("protocol");
      if (protocol == number(name == null ? "TCP" : (String) name)
          && inRange(written.get("port"), written.get("endPort"), receiver, protocol, port)) {
        return true;
      }
    }
    return false;
  }

  private static boolean ciliumPorts(Map<?, ?> rule, Actor receiver, int protocol, int port) {
    List<?> toPorts = list(rule, "toPorts");
    List<?> icmps = list(rule, "icmps");
    if (toPorts.isEmpty() && icmps.isEmpty()) {
      return true;
    }
    for (Object element : toPorts) {
      for (Object one : list(map(element), "ports")) {
        Map<?, ?> written = map(one);
        Object name = written.get("protocol");
        boolean any = name == null || name.equals("ANY");
        boolean right =
            any
                ? protocol == 6 || protocol == 17 || protocol == 132
                : protocol == number((String) name);
        String text = (String) written.get("port");
        Object start = text.matches("\\d+") ? (Object) Long.valueOf(text) : text;
        boolean every = Long.valueOf(0).equals(start);
        if (right
            && inRange(every ? null : start, written.get("endPort"), receiver, protocol, port)) {
          return true;
        }
      }
    }
    for (Object element : icmps) {
      for (Object one : list(map(element), "fields")) {
        int family = "IPv6".equals(map(one).get("family")) ? 58 : 1;
        if (protocol == family && Long.valueOf(port).equals(map(one).get("type"))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean inRange(Object start, Object end, Actor receiver, int protocol, int port) {
    if (start == null) {
      return true;
    }
    if (start instanceof Long first) {
      return port >= first && port <= (end == null ? first : (Long) end);
    }
    if (receiver.pod().isEmpty()) {
      return false;
    }
    Map<?, ?> spec = (Map<?, ?>) receiver.pod().get().body().getOrDefault("spec", Map.of());
    for (Object container : list(spec, "containers")) {
      for (Object one : list(map(container), "ports")) {
        Object name = map(one).get("protocol");
        if (start.equals(map(one).get("name"))
            && protocol == number(name == null ? "TCP" : (String) name)
            && Long.valueOf(port).equals(map(one).get("containerPort"))) {
          return true;
        }
      }
    }
    return false;
  }

  private static int number(String protocol) {
    return switch (protocol) {
      case "TCP" -> 6;
      case "UDP" -> 17;
      case "SCTP" -> 132;
      default -> throw new IllegalArgumentException(protocol);
    };
  }

  private Map<String, String> namespaceLabels(String name) {
    Map<String, String> labels = new java.util.HashMap<>(world.namespaces().get(name).labels());
    labels.put("kubernetes.io/metadata.name", name);
    return labels;
  }

  private static boolean selected(Object selector, Resource pod) {
    Map<String, String> labels = new java.util.HashMap<>(pod.labels());
    labels.put("k8s:io.kubernetes.pod.namespace", pod.key().namespace());
    return selectedBy(selector, labels);
  }

  private static boolean selectedBy(Object selector, Map<String, String> labels) {
    if (!(selector instanceof Map<?, ?> written)) {
      return true;
    }
    if (written.get("matchLabels") instanceof Map<?, ?> wanted) {
      for (Map.Entry<?, ?> label : wanted.entrySet()) {
        if (!label.getValue().equals(labels.get(label.getKey()))) {
          return false;
        }
      }
    }
    for (Object one : list(written, "matchExpressions")) {
      Map<?, ?> expression = map(one);
      String value = labels.get(expression.get("key"));
      boolean in = value != null && list(expression, "values").contains(value);
      boolean holds =
          switch ((String) expression.get("operator")) {
            case "In" -> in;
            case "NotIn" -> !in;
            case "Exists" -> value != null;
            default -> value == null;
          };
      if (!holds) {
        return false;
      }
    }
    return true;
  }

  private static Map<?, ?> map(Object value) {
    return (Map<?, ?>) value;
  }

  private static List<?> list(Map<?, ?> map, String field) {
    return map.get(field) instanceof List<?> list ? list : List.of();
  }
}
