package io.weir.itests.rules;

import static io.weir.api.row.Direction.EGRESS;
import static io.weir.api.row.Direction.INGRESS;
import static io.weir.itests.rules.Probe.PING;
import static io.weir.itests.rules.Probe.sctp;
import static io.weir.itests.rules.Probe.tcp;
import static io.weir.itests.rules.Probe.udp;
import static io.weir.itests.rules.RuleWorld.WORLD;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Party;
import org.junit.jupiter.api.Test;

/** Whom a NetworkPolicy isolates, and which peers it lets in and out. */
@NeedsRoot
class NetworkPolicyKernelTest extends RuleTest {
  private static final String P = "NetworkPolicy/default/p ";

  @Test
  void n01_should_isolate_a_pod_in_a_direction_only_if_a_policy_selects_it_for_that() {
    ask(client, server, tcp(80)).passesBy();
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            policyTypes: [Ingress]
            """));
    ask(client, server, tcp(80)).isDenied(INGRESS);
    ask(WORLD, server, tcp(80)).isDenied(INGRESS);
    ask(server, client, tcp(80)).passesBy();
    ask(server, WORLD, tcp(80)).passesBy();
    ask(otherClient, client, tcp(80)).passesBy();
    ask(otherClient, otherServer, tcp(80)).passesBy();
  }

  @Test
  void n02_should_take_absent_types_for_ingress_and_for_egress_if_there_is_a_rule_for_it() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: client}}
            egress:
            - to:
              - podSelector: {matchLabels: {app: server}}
            """));
    ask(server, client, tcp(80)).isDenied(INGRESS);
    ask(client, server, tcp(80)).passesBy(P + "egress[0]");
    ask(client, otherServer, tcp(80)).isDenied(EGRESS);
    for (String egress : new String[] {"", "egress: []\n"}) {
      world.apply(networkPolicy("p", "podSelector: {matchLabels: {app: client}}\n" + egress));
      ask(server, client, tcp(80)).isDenied(INGRESS);
      ask(client, otherServer, tcp(80)).passesBy();
    }
  }

  @Test
  void n03_should_take_no_ingress_rule_for_none_and_an_empty_one_for_everyone() {
    for (String ingress : new String[] {"", "ingress: []\n"}) {
      world.apply(
          networkPolicy(
              "p",
              "podSelector: {matchLabels: {app: server}}\npolicyTypes: [Ingress]\n" + ingress));
      ask(client, server, tcp(80)).isDenied(INGRESS);
      ask(WORLD, server, udp(80)).isDenied(INGRESS);
    }
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            policyTypes: [Ingress]
            ingress: [{}]
            """));
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(otherClient, server, PING).passesBy(P + "ingress[0]");
    ask(WORLD, server, udp(80)).passesBy(P + "ingress[0]");
  }

  @Test
  void n04_should_take_absent_and_empty_peers_for_everyone_and_absent_ports_for_all() {
    for (String from : new String[] {"", "from: [], "}) {
      world.apply(
          networkPolicy(
              "p",
              """
              podSelector: {matchLabels: {app: server}}
              ingress: [{%sports: [{port: 80}]}]
              """
                  .formatted(from)));
      ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
      ask(WORLD, server, tcp(80)).passesBy(P + "ingress[0]");
      ask(WORLD, server, tcp(81)).isDenied(INGRESS);
      ask(WORLD, server, PING).isDenied(INGRESS);
    }
    for (String ports : new String[] {"", ", ports: []"}) {
      world.apply(
          networkPolicy(
              "p",
              """
              podSelector: {matchLabels: {app: server}}
              policyTypes: [Egress]
              egress: [{to: [{podSelector: {}}]%s}]
              """
                  .formatted(ports)));
      for (Probe probe : new Probe[] {tcp(1), udp(65535), sctp(9), PING}) {
        ask(server, client, probe).passesBy(P + "egress[0]");
        ask(server, WORLD, probe).isDenied(EGRESS);
      }
    }
  }

  @Test
  void n05_should_join_selectors_of_one_peer_by_and_and_peers_by_or() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{from: [{podSelector: {}}]}]
            """));
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(otherClient, server, tcp(80)).isDenied(INGRESS);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{from: [{namespaceSelector: {}}]}]
            """));
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(otherClient, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(WORLD, server, tcp(80)).isDenied(INGRESS);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress:
            - from:
              - namespaceSelector: {matchLabels: {team: red}}
                podSelector: {matchLabels: {app: client}}
            """));
    ask(otherClient, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(otherServer, server, tcp(80)).isDenied(INGRESS);
    ask(client, server, tcp(80)).isDenied(INGRESS);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress:
            - from:
              - namespaceSelector: {matchLabels: {team: red}}
              - podSelector: {matchLabels: {app: client}}
            """));
    ask(otherClient, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(otherServer, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
  }

  @Test
  void n06_should_not_imply_the_own_namespace_beside_a_namespace_selector() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            policyTypes: [Ingress, Egress]
            ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]
            egress: [{to: [{namespaceSelector: {matchLabels: {team: red}}}]}]
            """));
    ask(otherClient, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(client, server, tcp(80)).isDenied(INGRESS);
    ask(server, otherClient, tcp(80)).passesBy(P + "egress[0]");
    ask(server, client, tcp(80)).isDenied(EGRESS);
  }

  @Test
  void n09_should_add_policies_up_and_take_them_away_at_once() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{ports: [{port: 80}]}]
            """));
    world.apply(
        networkPolicy(
            "q",
            """
            podSelector: {}
            ingress: [{ports: [{port: 81}]}]
            """));
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(client, server, tcp(81)).passesBy("NetworkPolicy/default/q ingress[0]");
    ask(client, server, tcp(82)).isDenied(INGRESS);
    world.delete("NetworkPolicy", "default", "p");
    ask(client, server, tcp(80)).isDenied(INGRESS);
    ask(client, server, tcp(81)).passesBy("NetworkPolicy/default/q ingress[0]");
    world.delete("NetworkPolicy", "default", "q");
    ask(client, server, tcp(80)).passesBy();
  }

  @Test
  void n10_should_ask_the_senders_egress_and_the_receivers_ingress() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: client}}
            policyTypes: [Egress]
            egress: [{ports: [{port: 80}, {port: 81}]}]
            """));
    world.apply(
        networkPolicy(
            "q",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{ports: [{port: 80}, {port: 82}]}]
            """));
    ask(client, server, tcp(80)).passesBy(P + "egress[0]", "NetworkPolicy/default/q ingress[0]");
    ask(client, server, tcp(81)).isDenied(INGRESS);
    ask(client, server, tcp(82)).isDenied(EGRESS);
  }

  @Test
  void n28_should_match_objects_without_the_key_by_not_in_and_does_not_exist() {
    Party plain = world.pod("default/plain", "{tier: back}");
    for (String expression :
        new String[] {
          "{key: app, operator: NotIn, values: [client]}", "{key: app, operator: DoesNotExist}"
        }) {
      world.apply(
          networkPolicy(
              "p",
              """
              podSelector: {matchLabels: {app: server}}
              ingress: [{from: [{podSelector: {matchExpressions: [%s]}}]}]
              """
                  .formatted(expression)));
      ask(plain, server, tcp(80)).passesBy(P + "ingress[0]");
      ask(client, server, tcp(80)).isDenied(INGRESS);
      ask(WORLD, server, tcp(80)).isDenied(INGRESS);
    }
    for (String expression :
        new String[] {
          "{key: app, operator: In, values: [client, x]}", "{key: app, operator: Exists}"
        }) {
      world.apply(
          networkPolicy(
              "p",
              """
              podSelector: {matchLabels: {app: server}}
              ingress: [{from: [{podSelector: {matchExpressions: [%s]}}]}]
              """
                  .formatted(expression)));
      ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
      ask(plain, server, tcp(80)).isDenied(INGRESS);
    }
    assertThat(
            world.refusal(
                networkPolicy(
                    "q",
                    "podSelector: {matchExpressions: [{key: app, operator: In, values: []}]}")))
        .contains("spec.podSelector.matchExpressions[0].values");
  }

  @Test
  void n29_should_select_all_pods_of_the_namespace_by_an_empty_selector_and_none_by_null() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {}
            ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]
            """));
    Party later = world.pod("default/later", "{app: later}");
    ask(client, later, tcp(80)).passesBy(P + "ingress[0]");
    ask(server, later, tcp(80)).isDenied(INGRESS);
    ask(server, otherServer, tcp(80)).passesBy();
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {}
            ingress: [{from: [{podSelector: null}]}]
            """));
    ask(client, server, tcp(80)).isDenied(INGRESS);
    ask(WORLD, server, tcp(80)).isDenied(INGRESS);
  }

  @Test
  void n30_should_cross_ports_with_peers_of_one_rule_but_not_of_two() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress:
            - from:
              - podSelector: {matchLabels: {app: client}}
              - ipBlock: {cidr: 203.0.113.0/24}
              - ipBlock: {cidr: "2001:db8:113::/48"}
              ports: [{port: 80}, {port: 53, protocol: UDP}]
            - from: [{namespaceSelector: {matchLabels: {team: red}}}]
              ports: [{port: 443}]
            """));
    for (Party peer : new Party[] {client, WORLD}) {
      ask(peer, server, tcp(80)).passesBy(P + "ingress[0]");
      ask(peer, server, udp(53)).passesBy(P + "ingress[0]");
      ask(peer, server, tcp(443)).isDenied(INGRESS);
    }
    ask(otherClient, server, tcp(443)).passesBy(P + "ingress[1]");
    ask(otherClient, server, tcp(80)).isDenied(INGRESS);
  }

  @Test
  void n31_should_block_dns_by_a_default_deny_of_egress() {
    Party dns = world.pod("kube-system/dns", "{k8s-app: kube-dns}");
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {}
            policyTypes: [Egress]
            """));
    ask(client, dns, udp(53)).isDenied(EGRESS);
    ask(client, dns, tcp(53)).isDenied(EGRESS);
    world.apply(
        networkPolicy(
            "q",
            """
            podSelector: {}
            policyTypes: [Egress]
            egress:
            - to:
              - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
                podSelector: {matchLabels: {k8s-app: kube-dns}}
              ports: [{port: 53, protocol: UDP}]
            """));
    ask(client, dns, udp(53)).passesBy("NetworkPolicy/default/q egress[0]");
    ask(client, dns, tcp(53)).isDenied(EGRESS);
    ask(client, server, udp(53)).isDenied(EGRESS);
  }
}
