package io.weir.itests.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** Policies of all kinds as YAML, over few labels, blocks and ports, so that they meet. */
final class RandomPolicies {
  static final String[] NAMESPACES = {"one", "two", "three"};
  static final int[] PORTS = {
    1, 22, 53, 79, 80, 81, 82, 443, 7999, 8000, 8007, 8008, 8010, 8011, 8080, 9090, 65535
  };

  /** Each pair: a block, and one inside of it. */
  private static final String[][] BLOCKS = {
    {"0.0.0.0/0", "203.0.112.0/22"},
    {"10.0.0.0/24", "10.0.0.8/29"},
    {"10.0.0.8/29", "10.0.0.12/32"},
    {"10.0.0.0/8", "10.0.0.16/28"},
    {"172.16.0.0/24", "172.16.0.2/32"},
    {"172.16.0.1/32", ""},
    {"203.0.112.0/22", "203.0.113.0/24"},
    {"203.0.113.0/24", "203.0.113.0/25"},
    {"203.0.113.7/32", ""},
    {"::/0", "2001:db8::/32"},
    {"fd00:10::/64", "fd00:10::8/125"},
    {"fd00:10::8/125", "fd00:10::c/128"},
    {"fd00:16::/64", "fd00:16::2/128"},
    {"2001:db8::/32", "2001:db8:113::/48"},
    {"2001:db8:113::/48", "2001:db8:113::7/128"},
    {"2001:db8:113::7/128", ""},
  };

  private static final String[] ENTITIES = {
    "all", "cluster", "world", "host", "remote-node", "none", "init", "kube-apiserver"
  };

  private final Random random;

  RandomPolicies(Random random) {
    this.random = random;
  }

  /** A policy of a name and kind of its own. */
  String next(int number) {
    return switch (random.nextInt(3)) {
      case 0 ->
          head("networking.k8s.io/v1", "NetworkPolicy", namespaced(number)) + networkPolicySpec();
      case 1 -> head("cilium.io/v2", "CiliumNetworkPolicy", namespaced(number)) + ciliumSpec();
      default ->
          head("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "name: p" + number) + ciliumSpec();
    };
  }

  /** Labels of a pod. */
  String labels() {
    return "{app: %s, tier: %s}".formatted(one("a", "b", "c"), one("x", "y"));
  }

  /** Named ports of a pod. */
  String[] ports() {
    return new String[] {
      "{name: http, containerPort: %s}".formatted(one("80", "8080")),
      "{name: dns, containerPort: 53, protocol: UDP}",
      "{name: more, containerPort: %s, protocol: SCTP}".formatted(one("9090", "443"))
    };
  }

  private String namespaced(int number) {
    return "namespace: %s, name: p%s".formatted(one(NAMESPACES), number);
  }

  private static String head(String version, String kind, String metadata) {
    return "apiVersion: %s%nkind: %s%nmetadata: {%s}%nspec:%n".formatted(version, kind, metadata);
  }

  private String networkPolicySpec() {
    StringBuilder spec = new StringBuilder("  podSelector: " + selector("") + "\n");
    spec.append(one("", "", "  policyTypes: [Ingress, Egress]\n", "  policyTypes: [Egress]\n"));
    spec.append("  ingress: ").append(some(2, () -> networkRule("from"))).append("\n");
    spec.append("  egress: ").append(some(2, () -> networkRule("to"))).append("\n");
    return spec.toString();
  }

  private String networkRule(String side) {
    return "{%s: %s, ports: %s}".formatted(side, some(3, this::peer), some(3, this::networkPort));
  }

  private String peer() {
    String[] block = one(BLOCKS);
    return switch (random.nextInt(5)) {
      case 0 -> "{podSelector: %s}".formatted(selector(""));
      case 1 -> "{namespaceSelector: {matchLabels: {team: %s}}}".formatted(one("blue", "red"));
      case 2 ->
          "{namespaceSelector: {matchLabels: {team: %s}}, podSelector: %s}"
              .formatted(one("blue", "red"), selector(""));
      default -> "{ipBlock: {cidr: \"%s\"%s}}".formatted(block[0], except(block));
    };
  }

  private String except(String[] block) {
    return block[1].isEmpty() || random.nextBoolean()
        ? ""
        : ", except: [\"%s\"]".formatted(block[1]);
  }

  private String networkPort() {
    String protocol = one("TCP", "UDP", "SCTP");
    return switch (random.nextInt(5)) {
      case 0 -> "{protocol: %s}".formatted(protocol);
      case 1 -> "{port: %s, protocol: %s}".formatted(one("http", "dns", "more"), protocol);
      case 2 -> "{port: 79, endPort: %s, protocol: %s}".formatted(port(79), protocol);
      default -> "{port: %s, protocol: %s}".formatted(port(1), protocol);
    };
  }

  private String ciliumSpec() {
    StringBuilder spec = new StringBuilder("  endpointSelector: " + selector("") + "\n");
    if (random.nextInt(3) == 0) {
      spec.append(
          "  enableDefaultDeny: {ingress: %b, egress: %b}%n"
              .formatted(random.nextBoolean(), random.nextBoolean()));
    }
    spec.append("  ingress: ").append(list(1, 2, () -> ciliumRule("from", false))).append("\n");
    spec.append("  egress: ").append(some(2, () -> ciliumRule("to", false))).append("\n");
    if (random.nextBoolean()) {
      spec.append("  ingressDeny: ").append(some(2, () -> ciliumRule("from", true))).append("\n");
      spec.append("  egressDeny: ").append(some(2, () -> ciliumRule("to", true))).append("\n");
    }
    return spec.toString();
  }

  private String ciliumRule(String side, boolean deny) {
    List<String> fields = new ArrayList<>();
    switch (random.nextInt(5)) {
      case 0 -> fields.add(side + "Entities: " + some(2, () -> one(ENTITIES)));
      case 1 -> fields.add(side + "CIDR: " + some(2, () -> '"' + one(BLOCKS)[0] + '"'));
      case 2 -> fields.add(side + "CIDRSet: " + some(2, this::cidrSet));
      case 3 -> fields.add(side + "Endpoints: " + some(2, this::endpoints));
      default -> {}
    }
    int ports = random.nextInt(deny ? 6 : 4);
    if (ports == 1 || ports >= 3) {
      fields.add("toPorts: [{ports: %s}]".formatted(list(1, 2, this::ciliumPort)));
    } else if (ports == 2 && random.nextInt(3) == 0) {
      fields.add("icmps: [{fields: %s}]".formatted(list(1, 2, this::icmp)));
    }
    return "{" + String.join(", ", fields) + "}";
  }

  private String endpoints() {
    return random.nextBoolean()
        ? selector("")
        : selector(", io.kubernetes.pod.namespace: " + one(NAMESPACES));
  }

  private String cidrSet() {
    String[] block = one(BLOCKS);
    return "{cidr: \"%s\"%s}".formatted(block[0], except(block));
  }

  /** Wide blocks of ports often, so that denied ports lie inside of allowed ones. */
  private String ciliumPort() {
    String protocol = one("TCP", "TCP", "UDP", "SCTP", "ANY");
    return switch (random.nextInt(6)) {
      case 0, 1 -> "{port: \"0\", protocol: %s}".formatted(protocol);
      case 2 -> "{port: %s, protocol: %s}".formatted(one("http", "dns", "more"), protocol);
      case 3 -> "{port: \"79\", endPort: %s, protocol: %s}".formatted(port(79), protocol);
      default -> "{port: \"%s\", protocol: %s}".formatted(port(1), protocol);
    };
  }

  private String icmp() {
    return one("{type: 8}", "{type: 13}", "{type: EchoRequest, family: IPv6}", "{type: 0}");
  }

  private String selector(String more) {
    return switch (random.nextInt(4)) {
      case 0 -> more.isEmpty() ? "{}" : "{matchLabels: {%s}}".formatted(more.substring(2));
      case 1 -> "{matchLabels: {app: %s%s}}".formatted(one("a", "b", "c"), more);
      case 2 -> "{matchLabels: {tier: %s%s}}".formatted(one("x", "y"), more);
      default ->
          "{matchExpressions: [{key: app, operator: %s, values: [%s]}]}"
              .formatted(one("In", "NotIn"), one("a", "b", "a, c"));
    };
  }

  private int port(int least) {
    int port = PORTS[random.nextInt(PORTS.length)];
    return port < least ? least : port;
  }

  private String some(int most, Supplier<String> element) {
    return list(0, most, element);
  }

  private String list(int least, int most, Supplier<String> element) {
    List<String> elements = new ArrayList<>();
    int count = least + random.nextInt(most - least + 1);
    for (int i = 0; i < count; i++) {
      elements.add(element.get());
    }
    return elements.toString();
  }

  @SafeVarargs
  private <T> T one(T... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
