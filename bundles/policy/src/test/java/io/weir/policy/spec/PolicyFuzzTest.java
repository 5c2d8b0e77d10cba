package io.weir.policy.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.ProblemException;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.itests.testing.Fuzz;
import io.weir.policy.Texts;
import io.weir.policy.World;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Damaged policies: each is read, or refused by a sentence that names it. */
class PolicyFuzzTest {
  private static final List<String> POLICIES =
      List.of(
          """
          kind: NetworkPolicy
          metadata: {name: p}
          spec:
            podSelector: {matchExpressions: [{key: a, operator: In, values: [b, c]}]}
            policyTypes: [Ingress, Egress]
            ingress:
            - from:
              - {podSelector: {matchLabels: {a: b}}, namespaceSelector: {}}
              - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
              ports: [{port: 80, endPort: 90}, {port: http, protocol: UDP}]
            egress: [{to: [{ipBlock: {cidr: "fd00::/8"}}]}, {}]
          """,
          """
          kind: CiliumNetworkPolicy
          metadata: {name: p}
          spec:
            description: all of it
            endpointSelector: {matchLabels: {"k8s:org": empire}}
            labels: [{key: a, source: b, value: c}]
            enableDefaultDeny: {ingress: true, egress: false}
            ingress:
            - fromEndpoints: [{matchLabels: {a: b}}, {matchExpressions: [{key: a, operator: Exists}]}]
              toPorts: [{ports: [{port: "80", endPort: 90, protocol: TCP}, {port: http}]}]
            - fromEntities: [cluster, world]
              icmps: [{fields: [{family: IPv6, type: EchoRequest}, {type: 8}]}]
            ingressDeny: [{fromCIDR: [10.0.0.0/8, "fd00::1"]}]
            egress: [{toCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]}]
            egressDeny: [{toPorts: [{ports: [{port: "0", protocol: ANY}]}]}]
          """,
          """
          kind: CiliumClusterwideNetworkPolicy
          metadata: {name: p}
          specs:
          - {endpointSelector: {matchLabels: {"reserved:init": ""}}, egress: [{toEntities: [all]}]}
          - {endpointSelector: {}, ingress: [{fromRequires: []}, {authentication: {mode: disabled}}]}
          """);

  private static final Set<String> KINDS =
      Set.of("NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy");

  private static final String PODS =
      """
      kind: Namespace
      metadata: {name: default}
      ---
      kind: Pod
      metadata: {name: a, labels: {a: b, "org": empire}, annotations: {addresses: 10.0.0.1}}
      spec: {containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}
      """;

  private static final List<Object> LEAVES =
      List.of(
          Resource.NULL,
          true,
          0L,
          -1L,
          65536L,
          Long.MAX_VALUE,
          0.5,
          Double.NaN,
          "",
          " ",
          "*",
          ":",
          "k8s:",
          "0.0.0.0/33",
          "::ffff:1.2.3.4/97",
          "99999999999999999999",
          "\u0660",
          List.of(),
          Map.of());

  @Test
  void should_read_or_refuse_whatever_comes() {
    List<Map<String, Object>> documents =
        POLICIES.stream().flatMap(text -> Texts.documents(text).stream()).toList();
    Fuzz.run(
        fuzz -> {
          Map<String, Object> document = fuzz.oneOf(documents);
          Map<String, Object> body = new LinkedHashMap<>(document);
          body.keySet().removeAll(List.of("kind", "metadata"));
          String field = body.keySet().iterator().next();
          body.put(field, fuzz.tree(body.get(field), LEAVES));
          String kind = (String) document.get("kind");
          return resource(kind, body);
        },
        resource -> check(resource));
  }

  /** Documents of policies, of which each that is read is compiled, too. */
  static void checkText(String yaml) {
    List<Map<String, Object>> documents;
    try {
      documents = Texts.documents(yaml);
    } catch (YamlEngineException | ClassCastException | NullPointerException e) {
      return; // none that a reader of manifests would let through
    }
    World world = new World();
    world.apply(PODS);
    for (Map<String, Object> document : documents) {
      boolean whole = !document.containsKey(null) && !document.containsValue(null); // as read
      if (whole && document.get("kind") instanceof String kind && KINDS.contains(kind)) {
        Map<String, Object> body = new LinkedHashMap<>(document);
        body.keySet().removeAll(List.of("apiVersion", "kind", "metadata"));
        Resource resource = resource(kind, body);
        if (check(resource)) {
          world.apply(resource);
        }
      }
    }
    world.update();
  }

  private static Resource resource(String kind, Map<String, Object> body) {
    return new Resource(
        new ResourceKey(kind, kind.contains("Clusterwide") ? "" : "default", "p"),
        "v1",
        Map.of(),
        Map.of(),
        body,
        new Resource.Origin("a.yaml", 1, Map.of("spec", 3)));
  }

  private static boolean check(Resource resource) {
    Policy policy;
    try {
      policy = PolicyReader.read(resource, false);
    } catch (ProblemException e) {
      assertThat(e.getMessage()).startsWith("a.yaml:").contains(": " + resource.key() + ": ");
      assertThat(e.problem().came()).isNotBlank();
      return false;
    }
    assertThat(policy.key()).isEqualTo(resource.key());
    assertThat(policy.specs()).isNotEmpty();
    assertThat(PolicyReader.read(resource, false)).isEqualTo(policy);
    return true;
  }
}
