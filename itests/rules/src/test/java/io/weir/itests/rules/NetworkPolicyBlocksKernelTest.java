package io.weir.itests.rules;

import static io.weir.api.row.Direction.EGRESS;
import static io.weir.api.row.Direction.INGRESS;
import static io.weir.itests.rules.Probe.tcp;
import static io.weir.itests.rules.RuleWorld.HOST;
import static io.weir.itests.rules.RuleWorld.WORLD;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Party;
import org.junit.jupiter.api.Test;

/** Blocks of addresses in a NetworkPolicy. */
@NeedsRoot
class NetworkPolicyBlocksKernelTest extends RuleTest {
  private static final String P = "NetworkPolicy/default/p ";

  @Test
  void n07_should_refuse_an_ip_block_beside_selectors_and_other_fields_in_it() {
    for (String selector : new String[] {"podSelector: {}", "namespaceSelector: {}"}) {
      assertThat(
              world.refusal(
                  networkPolicy(
                      "p",
                      """
                      podSelector: {}
                      ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}, %s}]}]
                      """
                          .formatted(selector))))
          .contains("NetworkPolicy/default/p: spec.ingress[0].from[0]")
          .contains("ipBlock cannot stand beside");
    }
    assertThat(
            world.refusal(
                networkPolicy(
                    "p",
                    """
                    podSelector: {}
                    ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24, ports: [80]}}]}]
                    """)))
        .contains("spec.ingress[0].from[0].ipBlock.ports");
    ask(WORLD, server, tcp(80)).passesBy();
  }

  @Test
  void n08_should_cut_what_is_excepted_out_of_its_own_block_only() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress:
            - from:
              - ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/28]}
              - ipBlock: {cidr: "2001:db8:113::/48", except: ["2001:db8:113::/64"]}
            """));
    Party beyond = Party.outside("203.0.113.16", "2001:db8:113:1::1");
    ask(beyond, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(WORLD, server, tcp(80)).isDenied(INGRESS);
    ask(Party.outside("203.0.112.1", "2001:db8:112::1"), server, tcp(80)).isDenied(INGRESS);
    world.apply(
        networkPolicy(
            "q",
            """
            podSelector: {}
            ingress:
            - from: [{ipBlock: {cidr: 203.0.113.7/32}}, {ipBlock: {cidr: "2001:db8:113::7/128"}}]
            """));
    ask(WORLD, server, tcp(80)).passesBy("NetworkPolicy/default/q ingress[0]");
    ask(Party.outside("203.0.113.8", "2001:db8:113::8"), server, tcp(80)).isDenied(INGRESS);
    ask(beyond, server, tcp(80)).passesBy(P + "ingress[0]");
  }

  @Test
  void n17_should_match_pods_by_their_addresses() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            policyTypes: [Ingress, Egress]
            ingress: [{from: [%1$s], ports: [{port: 80}]}]
            egress: [{to: [%1$s], ports: [{port: 80}]}]
            """
                .formatted(
                    "{ipBlock: {cidr: %s/32}}, {ipBlock: {cidr: \"%s/128\"}}"
                        .formatted(client.address(false), client.address(true)))));
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(server, client, tcp(80)).passesBy(P + "egress[0]");
    ask(client, server, tcp(81)).isDenied(INGRESS);
    ask(otherClient, server, tcp(80)).isDenied(INGRESS);
    ask(server, otherClient, tcp(80)).isDenied(EGRESS);
  }

  @Test
  void n18_should_match_nodes_and_the_api_server_by_their_addresses() {
    world.apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          namespace: default
          name: kubernetes
          labels: {kubernetes.io/service-name: kubernetes}
        addressType: IPv4
        endpoints: [{addresses: [198.51.100.1]}]
        ports: [{name: https, port: 6443}]
        """);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: client}}
            policyTypes: [Egress]
            egress:
            - to:
              - ipBlock: {cidr: 172.16.0.0/24}
              - ipBlock: {cidr: "fd00:16::/64"}
            - to: [{ipBlock: {cidr: 198.51.100.1/32}}]
              ports: [{port: 6443}]
            """));
    ask(client, HOST, tcp(80)).passesBy(P + "egress[0]");
    ask(client, RuleWorld.REMOTE_NODE, tcp(80)).passesBy(P + "egress[0]");
    Party apiServer = Party.outside("198.51.100.1");
    ask(client, apiServer, tcp(6443)).passesBy(P + "egress[1]");
    ask(client, apiServer, tcp(443)).isDenied(EGRESS);
    ask(client, WORLD, tcp(80)).isDenied(EGRESS);
  }

  @Test
  void n27_should_isolate_both_families_whatever_family_a_block_is_of() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress:
            - from: [{ipBlock: {cidr: 0.0.0.0/0}}]
            - from: [{podSelector: {matchLabels: {app: client}}}]
            """));
    ask4(WORLD, server, tcp(80)).passesBy(P + "ingress[0]");
    ask6(WORLD, server, tcp(80)).isDenied(INGRESS);
    ask4(otherServer, server, tcp(80)).passesBy(P + "ingress[0]");
    ask6(otherServer, server, tcp(80)).isDenied(INGRESS);
    ask4(client, server, tcp(80)).passes();
    ask6(client, server, tcp(80)).passesBy(P + "ingress[1]");
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{from: [{ipBlock: {cidr: "::/0"}}]}]
            """));
    ask6(WORLD, server, tcp(80)).passesBy(P + "ingress[0]");
    ask4(WORLD, server, tcp(80)).isDenied(INGRESS);
    ask4(client, server, tcp(80)).isDenied(INGRESS);
  }
}
