package io.weir.policy.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.policy.Texts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What refuses a policy, and the whole sentence that says so. */
class RefusalsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "toPorts: [{ports: [{port: '80'}], rules: {http: [{method: GET}]}}] | toPorts[0].rules.http | http",
        "toPorts: [{ports: [{port: '53'}], rules: {dns: [{matchPattern: '*'}]}}] | toPorts[0].rules.dns | dns",
        "toPorts: [{ports: [{port: '9092'}], rules: {kafka: []}}] | toPorts[0].rules.kafka | kafka",
        "toPorts: [{ports: [{port: '80'}], rules: {HTTP: [{}]}}] | toPorts[0].rules | rules",
        "toPorts: [{ports: [{port: '80'}], rules: {l7proto: r2d2}}] | toPorts[0].rules.l7proto | l7proto",
        "toPorts: [{ports: [{port: '443'}], serverNames: [a.b]}] | toPorts[0].serverNames | serverNames",
        "toPorts: [{ports: [{port: '80'}], listener: {}}] | toPorts[0].listener | listener",
        "toPorts: [{ports: [{port: '80'}], terminatingTLS: {}}] | toPorts[0].terminatingTLS | terminatingTLS",
        "toPorts: [{ports: [{port: '80'}], originatingTLS: {}}] | toPorts[0].originatingTLS | originatingTLS",
        "toPorts: [{ports: [{port: '0', protocol: GRE}]}] | toPorts[0].ports[0].protocol | protocol",
        "toFQDNs: [{matchName: cilium.io}] | toFQDNs | toFQDNs",
        "toServices: [{k8sService: {serviceName: a}}] | toServices | toServices",
        "toNodes: [{}] | toNodes | toNodes",
        "toGroups: [{aws: {}}] | toGroups | toGroups",
        "toCIDRSet: [{cidrGroupRef: a}] | toCIDRSet[0].cidrGroupRef | cidrGroupRef",
        "toCIDRSet: [{cidrGroupSelector: {}}] | toCIDRSet[0].cidrGroupSelector | cidrGroupSelector",
        "authentication: {mode: required} | authentication | authentication",
        "authentication: {mode: test-always-fail} | authentication | authentication",
      })
  void should_refuse_whole_what_is_not_enforced_yet_by_its_name(
      String rule, String path, String name) {
    assertRefused(
        egress("{" + rule + "}"),
        "CiliumNetworkPolicy/default/p: spec.egress[0]."
            + path
            + ": "
            + name
            + " cannot be enforced yet, so the policy is refused; write the policy without it");
  }

  @Test
  void should_refuse_policies_about_nodes() {
    assertRefused(
        cilium("nodeSelector: {}\n  ingress: [{}]"),
        "CiliumNetworkPolicy/default/p: spec.nodeSelector: nodeSelector cannot be enforced yet, so"
            + " the policy is refused; write the policy without it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{toPorts: [{ports: [{port: '80'}], HTTP: []}]} | toPorts[0].HTTP | one of listener, originatingTLS, ports, rules, serverNames, terminatingTLS | \"HTTP\"",
        "{toPorts: [{ports: [{port: '80', prot: TCP}]}]} | toPorts[0].ports[0].prot | one of endPort, port, protocol | \"prot\"",
        "{toEndpoint: [{}]} | toEndpoint | one of authentication, icmps, toCIDR, toCIDRSet, toEndpoints, toEntities, toFQDNs, toGroups, toNodes, toPorts, toRequires, toServices | \"toEndpoint\"",
        "{toEndpoints: [{matchLabel: {a: b}}]} | toEndpoints[0].matchLabel | one of matchExpressions, matchLabels | \"matchLabel\"",
        "{toEndpoints: [null]} | toEndpoints[0] | a selector; {} for all | null",
        "{toEndpoints: {}} | toEndpoints | a list | a map",
        "{toEndpoints: [{matchLabels: {a: 1}}]} | toEndpoints[0].matchLabels.a | text | 1",
        "{toEndpoints: [{matchExpressions: [{key: a, operator: Is}]}]} | toEndpoints[0].matchExpressions[0].operator | one of In, NotIn, Exists, DoesNotExist | \"Is\"",
        "null | | a map | null",
        "{toCIDR: [10.0.0.0/33]} | toCIDR[0] | an address block such as 10.0.0.0/8, or an address | \"10.0.0.0/33\"",
        "{toCIDR: ['::ffff:10.0.0.0/104']} | toCIDR[0] | an IPv4 block written as one, such as 10.0.0.0/8 | \"::ffff:10.0.0.0/104\"",
        "{toCIDRSet: [{cidr: 10.0.0.0/8, except: [11.0.0.0/8]}]} | toCIDRSet[0].except[0] | a block inside 10.0.0.0/8 | \"11.0.0.0/8\"",
        "{toPorts: [{ports: [{port: 'http!'}]}]} | toPorts[0].ports[0].port | a port number or name | \"http!\"",
        "{toPorts: [{ports: [{port: a-name-that-is-too-long}]}]} | toPorts[0].ports[0].port | a port number or name | \"a-name-that-is-too-long\"",
        "{toPorts: [{ports: [{port: '65536'}]}]} | toPorts[0].ports[0].port | a port number from 0 to 65535, or a name | \"65536\"",
        "{toPorts: [{ports: [{port: 80}]}]} | toPorts[0].ports[0].port | text | 80",
        "{toPorts: [{ports: []}]} | toPorts[0].ports | 1 to 40 ports | 0 of them",
        "{toPorts: [{ports: [{port: '80', protocol: tcp}]}]} | toPorts[0].ports[0].protocol | TCP, UDP, SCTP or ANY | \"tcp\"",
        "{toPorts: [{ports: [{port: '80', endPort: 79}]}]} | toPorts[0].ports[0].endPort | a number from 80 to 65535 | 79",
        "{icmps: [{fields: [{family: IPX, type: 8}]}]} | icmps[0].fields[0].family | IPv4 or IPv6 | \"IPX\"",
        "{icmps: [{fields: [{type: 256}]}]} | icmps[0].fields[0].type | a number from 0 to 255 | 256",
        "{authentication: {mode: maybe}} | authentication.mode | disabled, required or test-always-fail | \"maybe\"",
      })
  void should_say_where_what_was_expected_and_what_came(
      String rule, String path, String expected, String came) {
    assertRefused(
        egress(rule),
        "CiliumNetworkPolicy/default/p: spec.egress[0]"
            + (path == null ? "" : "." + path)
            + ": expected "
            + expected
            + ", got "
            + came);
  }

  @Test
  void should_refuse_unknown_fields_and_wrong_values_of_the_spec_itself() {
    assertRefused(
        cilium("endpointSelector: {}\n  ingress: [{}]\n  ingres: []"),
        "CiliumNetworkPolicy/default/p: spec.ingres: expected one of description, egress,"
            + " egressDeny, enableDefaultDeny, endpointSelector, ingress, ingressDeny, labels, log,"
            + " nodeSelector, got \"ingres\"");
    assertRefused(
        cilium("ingress: [{}]"),
        "CiliumNetworkPolicy/default/p: spec.endpointSelector: expected a selector; {} for all, got"
            + " nothing");
    assertRefused(
        cilium("endpointSelector: {}\n  ingress: [{}]\n  enableDefaultDeny: {ingress: 'no'}"),
        "CiliumNetworkPolicy/default/p: spec.enableDefaultDeny.ingress: expected true or false, got"
            + " \"no\"");
    assertRefused(
        "kind: CiliumNetworkPolicy\nmetadata: {name: p}\n",
        "CiliumNetworkPolicy/default/p: spec: expected spec or specs, got neither");
    assertRefused(
        "kind: NetworkPolicy\nmetadata: {name: p}\n",
        "NetworkPolicy/default/p: spec: expected a map, got nothing");
    assertRefused(
        "kind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {}, policyTypes: [In]}\n",
        "NetworkPolicy/default/p: spec.policyTypes[0]: expected Ingress or Egress, got \"In\"");
    assertRefused(
        "kind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {}, ingress: [{from: [{}]}]}\n",
        "NetworkPolicy/default/p: spec.ingress[0].from[0]: expected podSelector, namespaceSelector"
            + " or ipBlock, got none of them");
    assertRefused(
        "kind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {}, ingress: [{ports: [null]}]}\n",
        "NetworkPolicy/default/p: spec.ingress[0].ports[0]: expected a map; {} for every port of"
            + " TCP, got null");
    assertRefused(
        "kind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {}, ingress: [{ports: [{port: '80'}]}]}\n",
        "NetworkPolicy/default/p: spec.ingress[0].ports[0].port: expected a port number or name,"
            + " got \"80\"");
  }

  @Test
  void should_warn_of_what_has_no_effect_and_take_the_rest() {
    Policy policy =
        read(
            cilium(
                "endpointSelector: {}\n  description: words\n  labels: [{key: a, source: k8s}]\n"
                    + "  log: {value: x}\n  ingress: [{authentication: {mode: disabled}}]"));
    assertThat(policy.warnings())
        .extracting(Problem::sentence)
        .containsExactly(
            "a.yaml:1: CiliumNetworkPolicy/default/p: spec.log: it has no effect: flows do not show"
                + " it yet");
    assertThat(policy.specs()).hasSize(1);
  }

  private static void assertRefused(String yaml, String sentence) {
    assertThatThrownBy(() -> read(yaml)).hasMessage("a.yaml:1: " + sentence);
  }

  private static Policy read(String yaml) {
    Resource resource = Texts.resource(yaml);
    return PolicyReader.read(resource, false);
  }

  private static String egress(String rule) {
    return cilium("endpointSelector: {}\n  egress:\n  - " + rule);
  }

  private static String cilium(String spec) {
    return "kind: CiliumNetworkPolicy\nmetadata: {name: p}\nspec:\n  " + spec + "\n";
  }
}
