package io.weir.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Worlds of pods and policies, crowded so that rules meet: few labels, few ports, nested blocks.
 */
final class RandomPolicies {
  static final List<String> NAMESPACES = List.of("a", "b", "c");
  static final List<Integer> PORTS = List.of(1, 79, 80, 81, 443, 1023, 1024, 8080, 9090, 65535);
  private static final List<String> KEYS = List.of("app", "tier", "env");
  private static final List<String> VALUES = List.of("x", "y", "z");
  private static final List<String> BLOCKS =
      List.of(
          "0.0.0.0/0",
          "10.0.0.0/8",
          "10.0.0.0/28",
          "10.0.0.4/30",
          "10.0.0.5/32",
          "198.51.0.0/16",
          "198.51.100.0/24",
          "198.51.100.7/32",
          "192.0.2.0/30",
          "192.0.2.1/32",
          "::/0",
          "fd00:10::/64",
          "fd00:10::5/128",
          "2001:db8:f::/48");

  private final Random random;

  RandomPolicies(Random random) {
    this.random = random;
  }

  Map<String, Object> namespace(String name) {
    return Map.of("kind", "Namespace", "metadata", Map.of("name", name, "labels", labels()));
  }

  Map<String, Object> pod(int number) {
    List<Map<String, Object>> ports = new ArrayList<>();
    if (random.nextBoolean()) {
      ports.add(Map.of("name", "http", "containerPort", (long) pick(List.of(80, 8080))));
    }
    if (random.nextBoolean()) {
      ports.add(Map.of("name", "dns", "containerPort", (long) pick(PORTS), "protocol", "UDP"));
    }
    return Map.of(
        "kind",
        "Pod",
        "metadata",
        Map.of(
            "name",
            "p" + number,
            "namespace",
            pick(NAMESPACES),
            "labels",
            labels(),
            "annotations",
            Map.of("addresses", "10.0.0.%d fd00:10::%x".formatted(number, number))),
        "spec",
        Map.of("containers", List.of(Map.of("ports", ports))));
  }

  Map<String, Object> policy(String name) {
    return switch (random.nextInt(5)) {
      case 0, 1 -> document("NetworkPolicy", name, networkPolicy());
      case 2 -> document("CiliumClusterwideNetworkPolicy", name, cilium());
      default -> document("CiliumNetworkPolicy", name, cilium());
    };
  }

  private Map<String, Object> document(String kind, String name, Map<String, Object> spec) {
    return Map.of(
        "kind",
        kind,
        "metadata",
        Map.of("name", name, "namespace", pick(NAMESPACES)),
        "spec",
        spec);
  }

  private Map<String, Object> networkPolicy() {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("podSelector", selector());
    List<String> types = new ArrayList<>();
    for (String type : List.of("Ingress", "Egress")) {
      if (random.nextBoolean()) {
        types.add(type);
      }
    }
    if (!types.isEmpty()) {
      spec.put("policyTypes", types);
    }
    spec.put("ingress", some(2, () -> kubernetesRule("from")));
    if (random.nextBoolean()) {
      spec.put("egress", some(2, () -> kubernetesRule("to")));
    }
    return spec;
  }

  private Map<String, Object> kubernetesRule(String side) {
    Map<String, Object> rule = new LinkedHashMap<>();
    if (random.nextInt(5) > 0) {
      rule.put(side, some(2, this::kubernetesPeer));
    }
    if (random.nextInt(3) > 0) {
      rule.put("ports", some(2, this::kubernetesPort));
    }
    return rule;
  }

  private Map<String, Object> kubernetesPeer() {
    return switch (random.nextInt(4)) {
      case 0 -> Map.of("ipBlock", block());
      case 1 -> Map.of("podSelector", selector());
      case 2 -> Map.of("namespaceSelector", selector());
      default -> Map.of("namespaceSelector", selector(), "podSelector", selector());
    };
  }

  private Map<String, Object> kubernetesPort() {
    Map<String, Object> port = new LinkedHashMap<>();
    if (random.nextBoolean()) {
      port.put("protocol", pick(List.of("TCP", "UDP", "SCTP")));
    }
    int first = pick(PORTS);
    switch (random.nextInt(4)) {
      case 0 -> port.put("port", pick(List.of("http", "dns")));
      case 1 -> {
        port.put("port", (long) first);
        port.put("endPort", (long) first + random.nextInt(65536 - first));
      }
      case 2 -> port.put("port", (long) first);
      default -> port.put("protocol", "TCP");
    }
    return port;
  }

  private Map<String, Object> cilium() {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("endpointSelector", selector());
    spec.put("ingress", some(2, () -> ciliumRule("from")));
    for (String section : List.of("ingressDeny", "egress", "egressDeny")) {
      if (random.nextInt(3) == 0) {
        spec.put(section, some(2, () -> ciliumRule(section.startsWith("in") ? "from" : "to")));
      }
    }
    if (((List<?>) spec.get("ingress")).isEmpty()) {
      spec.put("ingress", List.of(Map.of()));
    }
    if (random.nextInt(3) == 0) {
      spec.put(
          "enableDefaultDeny", Map.of(pick(List.of("ingress", "egress")), random.nextBoolean()));
    }
    return spec;
  }

  private Map<String, Object> ciliumRule(String side) {
    Map<String, Object> rule = new LinkedHashMap<>();
    switch (random.nextInt(6)) {
      case 0, 1 -> rule.put(side + "Endpoints", some(2, this::endpointSelector));
      case 2 ->
          rule.put(
              side + "Entities",
              some(
                  2,
                  () -> pick(List.of("all", "world", "cluster", "host", "remote-node", "none"))));
      case 3 -> rule.put(side + "CIDR", some(2, () -> pick(BLOCKS)));
      case 4 -> rule.put(side + "CIDRSet", some(2, this::block));
      default -> {}
    }
    switch (random.nextInt(4)) {
      case 0, 1 -> rule.put("toPorts", List.of(Map.of("ports", atLeastOne(this::ciliumPort))));
      case 2 ->
          rule.put(
              "icmps",
              List.of(
                  Map.of(
                      "fields",
                      List.of(
                          Map.of(
                              "family",
                              pick(List.of("IPv4", "IPv6")),
                              "type",
                              (long) pick(List.of(1, 8, 128)))))));
      default -> {}
    }
    return rule;
  }

  private Map<String, Object> endpointSelector() {
    Map<String, Object> selector = selector();
    if (random.nextInt(3) == 0) {
      return Map.of("matchLabels", Map.of("k8s:io.kubernetes.pod.namespace", pick(NAMESPACES)));
    }
    return selector;
  }

  private Map<String, Object> ciliumPort() {
    Map<String, Object> port = new LinkedHashMap<>();
    if (random.nextBoolean()) {
      port.put("protocol", pick(List.of("TCP", "UDP", "SCTP", "ANY")));
    }
    int first = pick(PORTS);
    switch (random.nextInt(4)) {
      case 0 -> port.put("port", pick(List.of("http", "dns")));
      case 1 -> {
        port.put("port", Integer.toString(first));
        port.put("endPort", (long) first + random.nextInt(65536 - first));
      }
      case 2 -> port.put("port", "0");
      default -> port.put("port", Integer.toString(first));
    }
    return port;
  }

  private Map<String, Object> block() {
    String cidr = pick(BLOCKS);
    List<String> holes =
        BLOCKS.stream()
            .filter(hole -> !hole.equals(cidr))
            .filter(
                hole ->
                    io.weir.api.row.Prefix.parse(cidr).contains(io.weir.api.row.Prefix.parse(hole)))
            .filter(hole -> random.nextInt(3) == 0)
            .toList();
    return holes.isEmpty() ? Map.of("cidr", cidr) : Map.of("cidr", cidr, "except", holes);
  }

  private Map<String, Object> selector() {
    return switch (random.nextInt(5)) {
      case 0 -> Map.of();
      case 1, 2 -> Map.of("matchLabels", Map.of(pick(KEYS), pick(VALUES)));
      case 3 ->
          Map.of(
              "matchExpressions",
              List.of(
                  Map.of(
                      "key", pick(KEYS),
                      "operator", pick(List.of("In", "NotIn")),
                      "values", List.of(pick(VALUES), pick(VALUES)))));
      default ->
          Map.of(
              "matchExpressions",
              List.of(
                  Map.of("key", pick(KEYS), "operator", pick(List.of("Exists", "DoesNotExist")))));
    };
  }

  private Map<String, Object> labels() {
    Map<String, Object> labels = new LinkedHashMap<>();
    for (String key : KEYS) {
      if (random.nextBoolean()) {
        labels.put(key, pick(VALUES));
      }
    }
    return labels;
  }

  <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private <T> List<T> some(int most, Supplier<T> supplier) {
    return IntStream.range(0, random.nextInt(most + 1)).mapToObj(i -> supplier.get()).toList();
  }

  private <T> List<T> atLeastOne(Supplier<T> supplier) {
    return IntStream.range(0, 1 + random.nextInt(2)).mapToObj(i -> supplier.get()).toList();
  }
}
