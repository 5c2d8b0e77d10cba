package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ManifestReaderTest {
  private static final String POLICY =
      """
      apiVersion: cilium.io/v2
      kind: CiliumNetworkPolicy
      description: "ships of the empire only"
      metadata:
        name: rule1
        labels: {team: red}
      spec:
        endpointSelector:
          matchLabels: {org: empire, 'reserved:health': ''}
        ingress:
        - fromEndpoints:
          - matchLabels: {org: empire}
          toPorts:
          - ports:
            - port: "80"
              protocol: TCP
        egress:
      """;

  @Test
  void a_policy_becomes_a_row_with_the_line_of_each_path() {
    Resource policy = only(POLICY);
    assertThat(policy.key()).isEqualTo(new ResourceKey("CiliumNetworkPolicy", "default", "rule1"));
    assertThat(policy.apiVersion()).isEqualTo("cilium.io/v2");
    assertThat(policy.labels()).isEqualTo(Map.of("team", "red"));
    assertThat(policy.body()).containsOnlyKeys("spec", "description");
    assertThat(policy.origin().line()).isEqualTo(1);
    assertThat(policy.where("spec.ingress[0].toPorts[0].ports[0].port"))
        .isEqualTo(
            "a.yaml:15: CiliumNetworkPolicy/default/rule1:"
                + " spec.ingress[0].toPorts[0].ports[0].port");
  }

  @Test
  void a_null_that_was_written_differs_from_nothing() {
    Map<?, ?> spec = (Map<?, ?>) only(POLICY).body().get("spec");
    assertThat(spec.get("egress")).isEqualTo(Resource.NULL);
    assertThat(spec.containsKey("egressDeny")).isFalse();
  }

  @Test
  void an_unknown_field_at_the_top_of_a_policy_is_a_warning() {
    assertThat(warnings(POLICY))
        .containsExactly(
            "a.yaml:3: CiliumNetworkPolicy/default/rule1: description: unknown field, ignored");
  }

  @Test
  void an_unknown_field_inside_the_spec_of_a_policy_refuses_it() {
    assertThat(problems(POLICY.replace("matchLabels: {org: empire}", "matchLabls: {org: empire}")))
        .containsExactly(
            "a.yaml:12: CiliumNetworkPolicy/default/rule1:"
                + " spec.ingress[0].fromEndpoints[0].matchLabls: expected a known field"
                + " (matchExpressions, matchLabels), got \"matchLabls\";"
                + " did you mean matchLabels?");
  }

  @Test
  void an_L7_rule_that_is_misspelt_does_not_open_L4() {
    String policy =
        POLICY
            .replace("        egress:\n", "")
            .replace("  egress:\n", "      rules:\n        HTTP: [{}]\n");
    assertThat(problems(policy))
        .singleElement()
        .asString()
        .contains(
            "toPorts[0].rules.HTTP: expected a known field (dns, http), got \"HTTP\"; did you mean http?");
  }

  @Test
  void a_port_that_is_none_is_told_with_file_line_path_expected_and_came() {
    assertThat(problems(POLICY.replace("\"80\"", "\"http!\"")))
        .containsExactly(
            "a.yaml:15: CiliumNetworkPolicy/default/rule1:"
                + " spec.ingress[0].toPorts[0].ports[0].port: expected a port number or name, got"
                + " \"http!\"");
  }

  @Test
  void wrong_types_say_what_would_be_right() {
    assertThat(problems(POLICY.replace("\"80\"", "80")))
        .containsExactly(
            "a.yaml:15: CiliumNetworkPolicy/default/rule1:"
                + " spec.ingress[0].toPorts[0].ports[0].port: expected a port number or name, got"
                + " 80; put it in quotes");
    assertThat(problems(POLICY.replace("{org: empire}", "[org]")))
        .containsExactly(
            "a.yaml:12: CiliumNetworkPolicy/default/rule1:"
                + " spec.ingress[0].fromEndpoints[0].matchLabels: expected fields, got a list");
    assertThat(problems(POLICY.replace("{team: red}", "{team: yes, n: 1}")))
        .containsExactly(
            "a.yaml:6: CiliumNetworkPolicy/default/rule1: metadata.labels.n: expected a label's"
                + " value: at most 63 of A-Z, a-z, 0-9, -, _, ., got 1; put it in quotes");
    assertThat(problems(service("port: \"80\"")))
        .containsExactly(
            "a.yaml:6: Service/default/web: spec.ports[0].port: expected a port number from 1 to"
                + " 65535, got \"80\"; write it without quotes");
    assertThat(problems(service("port: 80\n  publishNotReadyAddresses: yes")))
        .containsExactly(
            "a.yaml:7: Service/default/web: spec.publishNotReadyAddresses: expected true or false,"
                + " got \"yes\"; write true or false");
  }

  @Test
  void yes_without_quotes_is_text_and_a_warning() {
    String policy = POLICY.replace("{team: red}", "{team: yes}");
    assertThat(only(policy).labels()).isEqualTo(Map.of("team", "yes"));
    assertThat(warnings(policy))
        .contains(
            "a.yaml:6: CiliumNetworkPolicy/default/rule1: metadata.labels.team: \"yes\" without"
                + " quotes is a boolean to other tools; put it in quotes");
  }

  @Test
  void a_kind_that_is_not_known_is_refused_with_those_that_are() {
    assertThat(problems("apiVersion: v1\nkind: Gadget\nmetadata: {name: x}\n"))
        .containsExactly(
            "a.yaml:1: kind: expected one of Namespace, Node, Pod, Service, ConfigMap, Deployment,"
                + " ReplicaSet, EndpointSlice, NetworkPolicy, CiliumNetworkPolicy,"
                + " CiliumClusterwideNetworkPolicy, got \"Gadget\"");
    assertThat(problems("kind: pod\n")).singleElement().asString().endsWith("did you mean Pod?");
    assertThat(problems("a: 1\n")).singleElement().asString().endsWith("got none");
  }

  @Test
  void a_version_that_is_not_known_is_refused() {
    assertThat(problems(POLICY.replace("cilium.io/v2", "cilium.io/v1")))
        .containsExactly(
            "a.yaml:1: CiliumNetworkPolicy/default/rule1: apiVersion: expected cilium.io/v2, got"
                + " \"cilium.io/v1\"");
  }

  @Test
  void a_bad_document_leaves_its_neighbours_whole() {
    Manifest manifest =
        read(
            """
            # two good ones around a broken one
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: a}
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: b
            --- # comment
            apiVersion: v1
            kind: Namespace
            metadata: {name: c}
            ...
            """);
    assertThat(manifest.resources())
        .extracting(resource -> resource.key().name(), resource -> resource.origin().line())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a", 3),
            org.assertj.core.groups.Tuple.tuple("c", 11));
    assertThat(manifest.problems())
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.sentence())
                    .matches("a\\.yaml:(9|10): expected YAML, got .*expected ',' or '}'.*"));
  }

  @Test
  void broken_YAML_is_told_in_one_sentence() {
    assertThat(problems("kind: Pod\nmetadata: {name: b\nspec: {}\n"))
        .containsExactly(
            "a.yaml:3: expected YAML, got while parsing a flow mapping: expected ',' or '}', but"
                + " got :");
    assertThat(problems("kind: Pod\n  spec: {}\n"))
        .containsExactly("a.yaml:2: expected YAML, got mapping values are not allowed here");
  }

  @Test
  void lines_are_right_after_any_line_end_and_directive() {
    assertThat(problems("%YAML 1.2\r\n---\r\n\r\nkind: X\r\n---\rkind: Y\n"))
        .extracting(sentence -> sentence.substring(0, 8))
        .containsExactly("a.yaml:4", "a.yaml:6");
    assertThat(problems("\ufeffkind: X")).singleElement().asString().startsWith("a.yaml:1:");
  }

  @Test
  void a_field_twice_refuses_the_document() {
    assertThat(problems("kind: Pod\nspec: {}\nkind: Pod\n"))
        .containsExactly("a.yaml:3: expected each field once, got \"kind\" again, after line 1");
  }

  @Test
  void a_resource_twice_in_one_file_is_refused_the_second_time() {
    Manifest manifest = read(service("port: 80") + "---\n" + service("port: 81"));
    assertThat(manifest.resources()).hasSize(1);
    assertThat(sentences(manifest.problems()))
        .containsExactly(
            "a.yaml:8: Service/default/web: expected each resource once, got it again, after line"
                + " 1");
  }

  @Test
  void lists_and_JSON_are_taken_apart() {
    Manifest manifest =
        read(
            """
            {
            \t"apiVersion": "v1", "kind": "List", "items": [
            \t\t{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a\\u0062"}},
            \t\t{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "A!"}},
            \t\t{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "c"}}
            \t]
            }
            """);
    assertThat(manifest.resources())
        .extracting(resource -> resource.key().name(), resource -> resource.origin().line())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("ab", 3),
            org.assertj.core.groups.Tuple.tuple("c", 5));
    assertThat(sentences(manifest.problems()))
        .containsExactly(
            "a.yaml:4: Namespace/A!: metadata.name: expected a name of at most 253 of a-z, 0-9, -"
                + " and ., got \"A!\"");
    assertThat(read("apiVersion: v1\nkind: PodList\nitems:\n").documents()).isEmpty();
    assertThat(problems("kind: List\nitems: 3\n"))
        .containsExactly("a.yaml:2: items: expected a list, got 3");
  }

  @Test
  void anchors_and_merge_keys_are_resolved() {
    String text =
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web, labels: &l {a: x, b: y}}
        spec:
          selector: {<<: *l, b: z}
          ports: [{port: 80}]
        """;
    assertThat(((Map<?, ?>) only(text).body().get("spec")).get("selector"))
        .isEqualTo(Map.of("a", "x", "b", "z"));
    assertThat(problems(text.replace("*l", "*m")))
        .containsExactly("a.yaml:5: expected an alias of something complete above, got *m");
  }

  @Test
  void a_billion_laughs_are_refused() {
    StringBuilder text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      text.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(10)));
    }
    assertThat(problems(text.toString()))
        .containsExactly(
            "a.yaml:6: expected at most 200000 values, aliases counted as what they stand for, got"
                + " more");
    assertThat(problems("a: &a [*a]\n")).singleElement().asString().contains("got *a");
    assertThat(problems("a: " + "[".repeat(5000) + "]".repeat(5000)))
        .containsExactly("a.yaml:1: expected at most 100 levels, got more");
    String nested = "a: &a " + "[".repeat(60) + "]".repeat(60) + "\nb: " + "[".repeat(60) + "*a";
    assertThat(problems(nested + "]".repeat(60)))
        .containsExactly("a.yaml:2: expected at most 100 levels, got more");
  }

  @Test
  void too_large_a_document_is_refused_and_its_neighbour_is_not() {
    Manifest manifest = read("a: " + "x".repeat(1_500_001) + "\n---\n" + service("port: 80"));
    assertThat(sentences(manifest.problems()))
        .containsExactly(
            "a.yaml:1: expected a document of at most 1500000 characters, got one of 1500005");
    assertThat(manifest.resources()).hasSize(1);
  }

  @Test
  void what_is_no_text_or_no_mapping_is_refused() {
    Manifest manifest = new ManifestReader().read("a.yaml", new byte[] {'a', (byte) 0xff});
    assertThat(sentences(manifest.problems()))
        .containsExactly("a.yaml: expected UTF-8, got bytes that are not");
    assertThat(problems("- a\n"))
        .containsExactly(
            "a.yaml:1: expected a resource (apiVersion, kind, metadata, …), got a list");
    assertThat(problems("a: \u0001\n"))
        .containsExactly("a.yaml:1: expected YAML, got the character U+0001");
    assertThat(problems("a: !!java.net.URL x\n"))
        .containsExactly("a.yaml:1: expected no tag, got tag:yaml.org,2002:java.net.URL");
    assertThat(read("# nothing\n---\n---\n\n").documents()).isEmpty();
    byte[] german = "kind: Grüße".getBytes(StandardCharsets.UTF_8);
    assertThat(sentences(new ManifestReader().read("a", german).problems()))
        .singleElement()
        .asString()
        .endsWith("got \"Grüße\"");
  }

  @Test
  void what_is_missing_is_named() {
    assertThat(problems("apiVersion: v1\nkind: Service\nspec:\n  ports: []\n"))
        .contains(
            "a.yaml:1: Service: metadata.name: expected a name of at most 253 of a-z, 0-9, - and ., got nothing");
    assertThat(problems("apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"))
        .singleElement()
        .asString()
        .startsWith("a.yaml:1: Service/default/x: spec: expected fields (")
        .endsWith("), got nothing");
    assertThat(
            problems("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x}\n"))
        .containsExactly(
            "a.yaml:1: CiliumNetworkPolicy/default/x: spec: expected spec or specs, got neither");
  }

  @Test
  void services_are_checked_beyond_types() {
    assertThat(problems(service("port: 80\n  - port: 80")))
        .containsExactly(
            "a.yaml:6: Service/default/web: spec.ports[0].name: expected a name, as there are"
                + " several ports, got nothing",
            "a.yaml:7: Service/default/web: spec.ports[1].name: expected a name, as there are"
                + " several ports, got nothing",
            "a.yaml:7: Service/default/web: spec.ports[1].port: expected another port than"
                + " ports[0], got 80/TCP");
    assertThat(problems(service("port: 80\n  clusterIPs: [10.96.0.1, 10.96.0.2]")))
        .containsExactly(
            "a.yaml:7: Service/default/web: spec.clusterIPs[1]: expected one address of each"
                + " family, got 10.96.0.2");
    assertThat(problems(service("port: 80\n  type: ExternalName")))
        .containsExactly(
            "a.yaml:4: Service/default/web: spec.externalName: expected a domain name, for type"
                + " ExternalName, got nothing");
  }

  @Test
  void a_deployment_must_select_its_own_pods() {
    String deployment =
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: other}}
            spec: {containers: [{name: web}]}
        """;
    assertThat(problems(deployment))
        .containsExactly(
            "a.yaml:7: Deployment/default/web: spec.template.metadata.labels: expected labels that"
                + " spec.selector selects, got others");
    assertThat(problems(deployment.replace("other", "web"))).isEmpty();
    assertThat(problems(deployment.replace("  selector", "  replicas: 1000000\n  selector")))
        .contains(
            "a.yaml:5: Deployment/default/web: spec.replicas: expected a number from 0 to 65535, got"
                + " 1000000");
  }

  @Test
  void the_rest_of_metadata_is_kept_apart() {
    Resource resource =
        only(
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: a
              labels:
              resourceVersion: "17"
              creationTimestamp: null
              deletionTimestamp: 2026-01-01T00:00:00Z
            """);
    assertThat(resource.body())
        .isEqualTo(Map.of("metadata", Map.of("deletionTimestamp", "2026-01-01T00:00:00Z")));
  }

  private static String service(String port) {
    return "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - "
        + port
        + "\n";
  }

  private static Manifest read(String text) {
    return new ManifestReader().read("a.yaml", text);
  }

  private static Resource only(String text) {
    Manifest manifest = read(text);
    assertThat(sentences(manifest.problems())).isEmpty();
    assertThat(manifest.resources()).hasSize(1);
    return manifest.resources().get(0);
  }

  private static List<String> problems(String text) {
    return sentences(read(text).problems());
  }

  private static List<String> warnings(String text) {
    return sentences(read(text).warnings());
  }

  private static List<String> sentences(List<Problem> problems) {
    return problems.stream().map(Problem::sentence).toList();
  }
}
