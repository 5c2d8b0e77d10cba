package io.weir.itests.rules;

import static io.weir.api.row.Direction.EGRESS;
import static io.weir.api.row.Direction.INGRESS;
import static io.weir.itests.rules.Probe.PING;
import static io.weir.itests.rules.Probe.tcp;
import static io.weir.itests.rules.Probe.udp;
import static io.weir.itests.rules.RuleWorld.HOST;
import static io.weir.itests.rules.RuleWorld.REMOTE_NODE;
import static io.weir.itests.rules.RuleWorld.WORLD;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Party;
import org.junit.jupiter.api.Test;

/** Whom the selectors of Cilium's policies select: endpoints, entities and blocks of addresses. */
@NeedsRoot
class CiliumPeersKernelTest extends RuleTest {
  private static final String P = "CiliumNetworkPolicy/default/p ";
  private static final String ALL_WORLD = "[0.0.0.0/0, \"::/0\"]";

  @Test
  void c02_should_tell_no_endpoints_from_none_written_and_from_all() {
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress:
            - fromEndpoints: []
              toPorts: [{ports: [{port: "80"}]}]
            """));
    ask(client, server, tcp(80)).isDenied(INGRESS);
    ask(WORLD, server, tcp(80)).isDenied(INGRESS);
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress:
            - toPorts: [{ports: [{port: "80"}]}]
            """));
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(WORLD, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(WORLD, server, tcp(81)).isDenied(INGRESS);
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress:
            - fromEndpoints: [{}]
              toPorts: [{ports: [{port: "80"}]}]
            """));
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(client, server, tcp(81)).isDenied(INGRESS);
    ask(WORLD, server, tcp(80)).isDenied(INGRESS);
  }

  @Test
  void c03_should_confine_selectors_to_the_policys_namespace_if_it_has_one() {
    world.set("allow-localhost", "policy");
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {}
            ingress: [{fromEndpoints: [{matchLabels: {app: client}}]}]
            """));
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(otherClient, server, tcp(80)).isDenied(INGRESS);
    ask(client, otherServer, tcp(80)).passesBy();
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {}
            ingress:
            - fromEndpoints: [{matchLabels: {app: client, io.kubernetes.pod.namespace: other}}]
            """));
    ask(otherClient, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(client, server, tcp(80)).isDenied(INGRESS);
    world.delete("CiliumNetworkPolicy", "default", "p");
    world.apply(
        clusterPolicy(
            "p",
            """
            endpointSelector: {}
            ingress: [{fromEndpoints: [{}]}]
            """));
    for (Party to : new Party[] {server, otherServer}) {
      ask(client, to, tcp(80)).passesBy("CiliumClusterwideNetworkPolicy/p ingress[0]");
      ask(otherClient, to, tcp(80)).passesBy("CiliumClusterwideNetworkPolicy/p ingress[0]");
      ask(WORLD, to, tcp(80)).isDenied(INGRESS);
      ask(HOST, to, tcp(80)).isDenied(INGRESS);
      ask(REMOTE_NODE, to, tcp(80)).isDenied(INGRESS);
    }
  }

  @Test
  void c08_should_mean_neither_pods_nor_nodes_by_blocks_unless_told_for_nodes() {
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: client}}
            egress: [{toCIDR: %s}]
            """
                .formatted(ALL_WORLD)));
    ask(client, WORLD, tcp(80)).passesBy(P + "egress[0]");
    ask(client, server, tcp(80)).isDenied(EGRESS);
    ask(client, HOST, tcp(80)).isDenied(EGRESS);
    ask(client, REMOTE_NODE, tcp(80)).isDenied(EGRESS);
    world.set("policy-cidr-match-mode", "nodes");
    ask(client, WORLD, tcp(80)).passesBy(P + "egress[0]");
    ask(client, HOST, tcp(80)).passesBy(P + "egress[0]");
    ask(client, REMOTE_NODE, tcp(80)).passesBy(P + "egress[0]");
    ask(client, server, tcp(80)).isDenied(EGRESS);
  }

  @Test
  void c09_should_except_from_its_own_set_only() {
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: client}}
            egress:
            - toCIDRSet:
              - {cidr: 203.0.113.0/24, except: [203.0.113.0/28]}
              - {cidr: "2001:db8:113::/48", except: ["2001:db8:113::/64"]}
            - toCIDRSet: [{cidr: 203.0.113.7/32}, {cidr: "2001:db8:113::7/128"}]
              toPorts: [{ports: [{port: "80"}]}]
            """));
    Party beyond = Party.outside("203.0.113.16", "2001:db8:113:1::1");
    Party excepted = Party.outside("203.0.113.8", "2001:db8:113::8");
    ask(client, beyond, tcp(81)).passesBy(P + "egress[0]");
    ask(client, excepted, tcp(80)).isDenied(EGRESS);
    ask(client, WORLD, tcp(80)).passesBy(P + "egress[1]");
    ask(client, WORLD, tcp(81)).isDenied(EGRESS);
  }

  @Test
  void c10_should_apply_all_blocks_around_an_address() {
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: client}}
            egress:
            - toCIDR: [203.0.0.0/16, "2001:db8::/32"]
              toPorts: [{ports: [{port: "80"}]}]
            """));
    world.apply(
        ciliumPolicy(
            "q",
            """
            endpointSelector: {matchLabels: {app: client}}
            egress:
            - toCIDR: [203.0.113.7/32, "2001:db8:113::7/128"]
              toPorts: [{ports: [{port: "81"}]}]
            egressDeny:
            - toCIDR: [203.0.113.0/24, "2001:db8:113::/48"]
              toPorts: [{ports: [{port: "82"}]}]
            """));
    world.apply(
        ciliumPolicy(
            "r",
            """
            endpointSelector: {matchLabels: {app: client}}
            egress:
            - toEntities: [world]
              toPorts: [{ports: [{port: "82"}, {port: "83"}]}]
            """));
    ask(client, WORLD, tcp(80)).passesBy(P + "egress[0]");
    ask(client, WORLD, tcp(81)).passesBy("CiliumNetworkPolicy/default/q egress[0]");
    ask(client, WORLD, tcp(82)).isDeniedBy(EGRESS, "CiliumNetworkPolicy/default/q egressDeny[0]");
    ask(client, WORLD, tcp(83)).passesBy("CiliumNetworkPolicy/default/r egress[0]");
    Party near = Party.outside("203.0.113.8", "2001:db8:113::8");
    ask(client, near, tcp(80)).passesBy(P + "egress[0]");
    ask(client, near, tcp(81)).isDenied(EGRESS);
    ask(client, near, tcp(82)).isDeniedBy(EGRESS, "CiliumNetworkPolicy/default/q egressDeny[0]");
    Party far = Party.outside("203.0.1.1", "2001:db8:1::1");
    ask(client, far, tcp(80)).passesBy(P + "egress[0]");
    ask(client, far, tcp(82)).passesBy("CiliumNetworkPolicy/default/r egress[0]");
  }

  @Test
  void c11_should_know_the_entities() {
    Party init = world.plug("default/init");
    record Row(String entity, boolean pods, boolean host, boolean remote, boolean world) {}
    for (Row row :
        new Row[] {
          new Row("all", true, true, true, true),
          new Row("cluster", true, true, true, false),
          new Row("world", false, false, false, true),
          new Row("host", false, true, false, false),
          new Row("remote-node", false, false, true, false),
          new Row("none", false, false, false, false),
        }) {
      world.apply(
          ciliumPolicy(
              "p",
              """
              endpointSelector: {matchLabels: {app: client}}
              egress: [{toEntities: [%s]}]
              """
                  .formatted(row.entity())));
      entity(row.pods(), server);
      entity(row.pods(), otherServer);
      entity(row.host(), HOST);
      entity(row.remote(), REMOTE_NODE);
      entity(row.world(), WORLD);
    }
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress: [{fromEntities: [init]}]
            """));
    world.apply(
        clusterPolicy(
            "q",
            """
            endpointSelector: {matchLabels: {"reserved:init": ""}}
            egress: [{toEntities: [cluster]}]
            """));
    ask(init, server, tcp(80))
        .passesBy("CiliumClusterwideNetworkPolicy/q egress[0]", P + "ingress[0]");
    ask(client, server, tcp(80)).isDenied(INGRESS);
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: client}}
            egress: [{toEntities: [world]}]
            egressDeny: [{toCIDR: [203.0.113.0/28]}]
            """));
    ask4(client, WORLD, tcp(80)).isDeniedBy(EGRESS, P + "egressDeny[0]");
    ask6(client, WORLD, tcp(80)).passesBy(P + "egress[0]");
  }

  private void entity(boolean contains, Party peer) {
    if (contains) {
      ask(client, peer, tcp(80)).passesBy(P + "egress[0]");
      ask(client, peer, PING).passesBy(P + "egress[0]");
    } else {
      ask(client, peer, tcp(80)).isDenied(EGRESS);
    }
  }

  @Test
  void c12_should_know_the_api_server_outside_on_another_node_and_on_this_one() {
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: client}}
            egress: [{toEntities: [kube-apiserver]}]
            """));
    apiServer("203.0.113.7", "2001:db8:113::7");
    ask(client, WORLD, tcp(6443)).passesBy(P + "egress[0]");
    ask(client, Party.outside("203.0.113.8"), tcp(6443)).isDenied(EGRESS);
    ask(client, HOST, tcp(6443)).isDenied(EGRESS);
    ask(client, REMOTE_NODE, tcp(6443)).isDenied(EGRESS);

    apiServer("172.16.0.1", "fd00:16::1");
    ask(client, HOST, tcp(6443)).passesBy(P + "egress[0]");
    assertThat(world.kernel.ask(client, HOST, tcp(6443), false).event().destinationIdentity())
        .isEqualTo(1);
    ask(client, WORLD, tcp(6443)).isDenied(EGRESS);
    ask(client, REMOTE_NODE, tcp(6443)).isDenied(EGRESS);

    apiServer("172.16.0.2", "fd00:16::2");
    world.prefixes(REMOTE_NODE, 7);
    ask(client, REMOTE_NODE, tcp(6443)).passesBy(P + "egress[0]");
    assertThat(
            world.kernel.ask(client, REMOTE_NODE, tcp(6443), false).event().destinationIdentity())
        .isEqualTo(7);
    ask(client, HOST, tcp(6443)).isDenied(EGRESS);
    world.prefixes(REMOTE_NODE, 6);
  }

  private void apiServer(String ipv4, String ipv6) {
    for (String address : new String[] {ipv4, ipv6}) {
      String family = address.contains(":") ? "IPv6" : "IPv4";
      world.apply(
          """
          apiVersion: discovery.k8s.io/v1
          kind: EndpointSlice
          metadata:
            namespace: default
            name: kubernetes-%s
            labels: {kubernetes.io/service-name: kubernetes}
          addressType: %s
          endpoints: [{addresses: ["%s"]}]
          ports: [{name: https, port: 6443}]
          """
              .formatted(family.toLowerCase(java.util.Locale.ROOT), family, address));
    }
  }

  @Test
  void c26_should_refuse_two_kinds_of_peers_in_one_rule_and_join_those_of_one_by_or() {
    for (String two :
        new String[] {
          "fromEndpoints: [{}], fromEntities: [world]",
          "fromEndpoints: [{}], fromCIDR: [10.0.0.0/8]",
          "fromEntities: [world], fromCIDRSet: [{cidr: 10.0.0.0/8}]"
        }) {
      assertThat(
              world.refusal(
                  ciliumPolicy("p", "endpointSelector: {}\ningress: [{%s}]".formatted(two))))
          .contains("CiliumNetworkPolicy/default/p: spec.ingress[0]")
          .contains("combining");
    }
    assertThat(
            world.refusal(
                ciliumPolicy(
                    "p",
                    """
                    endpointSelector: {}
                    ingress:
                    - icmps: [{fields: [{type: 8}]}]
                      toPorts: [{ports: [{port: "80"}]}]
                    """)))
        .contains("icmps cannot stand beside toPorts");
    ask(client, server, tcp(80)).passesBy();
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress:
            - fromCIDR: [203.0.113.7/32]
              fromCIDRSet: [{cidr: "2001:db8:113::/64"}]
              toPorts: [{ports: [{port: "80", protocol: TCP}]}, {ports: [{port: "53"}]}]
            - fromEndpoints:
              - {matchLabels: {app: client}}
              - {matchLabels: {app: other}}
            """));
    ask(WORLD, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(WORLD, server, udp(53)).passesBy(P + "ingress[0]");
    ask(WORLD, server, udp(80)).isDenied(INGRESS);
    ask(client, server, udp(80)).passesBy(P + "ingress[1]");
  }

  @Test
  void c27_should_know_labels_by_their_sources() {
    for (String label :
        new String[] {
          "\"k8s:app\": client",
          "\"any:app\": client",
          "app: client",
          "io.cilium.k8s.policy.serviceaccount: default, app: client",
          "\"k8s:io.cilium.k8s.policy.cluster\": default, app: client",
          "\"k8s:io.cilium.k8s.namespace.labels.team\": blue, app: client"
        }) {
      world.apply(
          ciliumPolicy(
              "p",
              """
              endpointSelector: {matchLabels: {app: server}}
              ingress: [{fromEndpoints: [{matchLabels: {%s}}]}]
              """
                  .formatted(label)));
      ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
      ask(otherClient, server, tcp(80)).isDenied(INGRESS);
      ask(WORLD, server, tcp(80)).isDenied(INGRESS);
    }
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress: [{fromEndpoints: [{matchLabels: {"reserved:remote-node": ""}}]}]
            """));
    ask(REMOTE_NODE, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(client, server, tcp(80)).isDenied(INGRESS);
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress: [{fromEndpoints: [{matchLabels: {"cidr:203.0.113.7/32": ""}}]}]
            """));
    ask(client, server, tcp(80)).isDenied(INGRESS);
    assertThat(
            world.refusal(
                ciliumPolicy(
                    "q",
                    """
                    endpointSelector: {}
                    ingress: [{fromEndpoints: [{matchLabels: {"docker:app": client}}]}]
                    """)))
        .contains("docker:app");
    world.describe("default/client", "{app: client, pod-template-hash: abc}");
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress: [{fromEndpoints: [{matchLabels: {pod-template-hash: abc}}]}]
            """));
    ask(client, server, tcp(80)).isDenied(INGRESS);
    assertThat(world.warnings()).anyMatch(sentence -> sentence.contains("pod-template-hash"));
  }
}
