package io.weir.itests.rules;

import static io.weir.api.row.Direction.EGRESS;
import static io.weir.api.row.Direction.INGRESS;
import static io.weir.itests.rules.Probe.PING;
import static io.weir.itests.rules.Probe.sctp;
import static io.weir.itests.rules.Probe.tcp;
import static io.weir.itests.rules.Probe.udp;
import static io.weir.itests.rules.RuleWorld.HOST;
import static io.weir.itests.rules.RuleWorld.REMOTE_NODE;
import static io.weir.itests.rules.RuleWorld.WORLD;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.ResourceKey;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Party;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A NetworkPolicy while flows, pods, labels and policies come and go; services, nodes and itself.
 */
@NeedsRoot
class NetworkPolicyLifeKernelTest extends RuleTest {
  private static final String P = "NetworkPolicy/default/p ";
  private static final Party SERVICE = Party.outside("10.96.0.10", "fd10:96::a");

  @Test
  void n11_should_let_answers_and_errors_of_an_allowed_flow_pass() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: client}}
            policyTypes: [Ingress]
            """));
    world.apply(
        networkPolicy(
            "q",
            """
            podSelector: {matchLabels: {app: server}}
            policyTypes: [Ingress, Egress]
            ingress: [{}]
            """));
    for (Probe probe : new Probe[] {tcp(80), udp(80), sctp(80), PING}) {
      for (Flow flow : flows(client, server, probe)) {
        assertThat(flow.isComplainedOf()).as("complaint before %s", flow).isFalse();
        assertThat(flow.opens()).as(flow.toString()).isTrue();
        assertThat(flow.isAnswered()).as("answer to %s", flow).isTrue();
        assertThat(flow.goesOn()).as(flow.toString()).isTrue();
        assertThat(flow.isComplainedOf()).as("complaint about %s", flow).isTrue();
      }
      for (Flow flow : flows(client, WORLD, probe)) {
        assertThat(flow.opens()).as(flow.toString()).isTrue();
        assertThat(flow.isAnswered()).as("answer to %s", flow).isTrue();
        assertThat(flow.isComplainedOf()).as("complaint about %s", flow).isTrue();
      }
      ask(server, client, probe).isDenied(EGRESS);
      ask(WORLD, client, probe).isDenied(INGRESS);
    }
  }

  @Test
  void n12_should_judge_traffic_to_a_service_by_its_backend() {
    for (boolean ipv6 : new boolean[] {false, true}) {
      world.serve(
          new Frontend(
              new FrontendKey(SERVICE.address(ipv6), 80, 6),
              7,
              new ResourceKey("Service", "default", "web"),
              "http",
              List.of(new Backend(server.address(ipv6), 8080, "default/server"))));
    }
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{from: [{podSelector: {}}], ports: [{port: 8080}]}]
            """));
    ask(client, SERVICE, tcp(80)).passesBy(P + "ingress[0]");
    ask(otherClient, SERVICE, tcp(80)).isDenied(INGRESS);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]
            """));
    ask(client, SERVICE, tcp(80)).isDenied(INGRESS);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: client}}
            policyTypes: [Egress]
            egress:
            - to: [{ipBlock: {cidr: 10.96.0.10/32}}, {ipBlock: {cidr: "fd10:96::a/128"}}]
            """));
    ask(client, SERVICE, tcp(80)).isDenied(EGRESS);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: client}}
            policyTypes: [Egress]
            egress: [{to: [{podSelector: {matchLabels: {app: server}}}], ports: [{port: 8080}]}]
            """));
    ask(client, SERVICE, tcp(80)).passesBy(P + "egress[0]");
  }

  @Test
  void n20_should_let_the_node_reach_its_pods_whatever_ingress_says() {
    world.apply(networkPolicy("p", "podSelector: {}\npolicyTypes: [Ingress, Egress]"));
    for (Probe probe : new Probe[] {tcp(80), udp(80), PING}) {
      ask(HOST, server, probe).passesBy("Setting/allow-localhost always");
      ask(REMOTE_NODE, server, probe).isDenied(INGRESS);
      ask(server, HOST, probe).isDenied(EGRESS);
    }
  }

  @Test
  void n21_should_keep_no_pod_from_itself() {
    for (boolean ipv6 : new boolean[] {false, true}) {
      world.serve(
          new Frontend(
              new FrontendKey(SERVICE.address(ipv6), 80, 6),
              7,
              new ResourceKey("Service", "default", "web"),
              "http",
              List.of(new Backend(server.address(ipv6), 8080, "default/server"))));
    }
    world.apply(networkPolicy("p", "podSelector: {}\npolicyTypes: [Ingress, Egress]"));
    ask(server, server, tcp(80)).passesBy();
    ask(server, SERVICE, tcp(80)).passesBy();
    ask(client, SERVICE, tcp(80)).isDenied(EGRESS);
  }

  @Test
  void n22_should_take_pods_in_the_nodes_network_for_the_node() {
    world.describe(
        """
        apiVersion: v1
        kind: Pod
        metadata: {namespace: default, name: agent, labels: {app: agent}}
        spec: {hostNetwork: true, containers: [{name: main, image: echo}]}
        status: {podIP: 172.16.0.1, podIPs: [{ip: 172.16.0.1}, {ip: "fd00:16::1"}]}
        """);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: agent}}
            policyTypes: [Ingress, Egress]
            """));
    world.apply(
        networkPolicy(
            "q",
            """
            podSelector: {matchLabels: {app: client}}
            policyTypes: [Egress]
            egress: [{to: [{podSelector: {matchLabels: {app: agent}}}]}]
            """));
    ask(server, HOST, tcp(80)).passesBy();
    ask(HOST, server, tcp(80)).passes();
    ask(client, HOST, tcp(80)).isDenied(EGRESS);
  }

  @Test
  void n23_should_follow_labels_of_pods_and_namespaces() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress:
            - from:
              - podSelector: {matchLabels: {role: friend}}
              - namespaceSelector: {matchLabels: {team: green}}
              - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: third}}
            """));
    ask(client, server, tcp(80)).isDenied(INGRESS);
    world.describe("default/client", "{app: client, role: friend}");
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    world.describe("default/client", "{app: client}");
    ask(client, server, tcp(80)).isDenied(INGRESS);

    ask(otherClient, server, tcp(80)).isDenied(INGRESS);
    world.namespace("other", "{team: green}");
    ask(otherClient, server, tcp(80)).passesBy(P + "ingress[0]");
    world.namespace("other", "{team: red}");
    ask(otherClient, server, tcp(80)).isDenied(INGRESS);

    Party third = world.pod("third/client", "{app: client}"); // its namespace is not written
    ask(third, server, tcp(80)).passesBy(P + "ingress[0]");

    world.describe("default/server", "{app: was-server}");
    ask(otherClient, server, tcp(80)).passesBy();
    world.describe("default/server", "{app: server}");
    ask(otherClient, server, tcp(80)).isDenied(INGRESS);
  }

  @Test
  void n24_should_isolate_a_new_pod_from_its_first_packet_on() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: late}}
            policyTypes: [Ingress, Egress]
            ingress: [{from: [{ipBlock: {cidr: 198.51.100.0/24}}]}]
            """));
    world.describe("default/late", "{app: late}");
    Party late = world.plug("default/late");
    Party stranger = Party.outside("203.0.113.7");
    Party friend = Party.outside("198.51.100.1");
    for (int round = 0; round < 30; round++) {
      world.unplug(late);
      ask(late, stranger, tcp(80)).isDropped(Abi.REASON_NOT_READY);
      ask(friend, late, tcp(80)).isDropped(Abi.REASON_NOT_READY);
      try (Watch forbidden =
              Watch.of(
                  world.kernel,
                  () ->
                      world.kernel.sendHere(stranger, late, tcp(80), false)
                          || world.kernel.sendHere(late, stranger, tcp(80), false));
          Watch allowed =
              Watch.of(world.kernel, () -> world.kernel.sendHere(friend, late, tcp(80), false))) {
        world.plug("default/late");
        allowed.untilSeen(true);
        assertThat(forbidden.seen()).containsExactly(false);
      }
    }
  }

  @Test
  void n25_should_not_know_an_address_by_a_pod_that_has_ended() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]
            """));
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    for (String phase : new String[] {"Succeeded", "Failed"}) {
      world.describe(
          """
          apiVersion: v1
          kind: Pod
          metadata: {namespace: default, name: client, labels: {app: client}}
          spec: {containers: [{name: main, image: echo}]}
          status: {phase: %s}
          """
              .formatted(phase));
      assertThat(flows(client, server, tcp(80))).noneMatch(Flow::opens);
      world.describe("default/client", "{app: client}");
      ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    }
    List<Flow> old = flows(client, server, tcp(80));
    assertThat(old).allMatch(Flow::opens);
    List<Address> address = client.addresses();
    world.unplug(client);
    world.describe("default/heir", "{app: heir}");
    Party heir = world.plug("default/heir");
    assertThat(heir.addresses()).isEqualTo(address);
    ask(heir, server, tcp(80)).isDenied(INGRESS);
    assertThat(old).as("flows of the one before").noneMatch(Flow::goesOn);
  }

  @Test
  void n26_should_decide_established_flows_anew_when_they_are_no_longer_allowed() {
    String allow =
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{from: [{podSelector: {}}], ports: [{port: 80}, {port: 80, protocol: UDP}]}]
            """);
    world.apply(allow);
    for (Probe probe : new Probe[] {tcp(80), udp(80)}) {
      List<Flow> flows = flows(client, server, probe);
      assertThat(flows).allMatch(Flow::opens).allMatch(Flow::isAnswered).allMatch(Flow::goesOn);
      world.apply(networkPolicy("p", "podSelector: {matchLabels: {app: server}}"));
      assertThat(flows).noneMatch(Flow::goesOn).noneMatch(Flow::isAnswered);
      world.apply(allow);
      assertThat(flows).allMatch(Flow::goesOn).allMatch(Flow::isAnswered);
      world.apply(networkPolicy("q", "podSelector: {matchLabels: {app: server}}"));
      assertThat(flows).as("another policy adds nothing").allMatch(Flow::goesOn);
    }
  }

  @Test
  void n33_should_set_pods_free_that_a_policys_selector_no_longer_selects() {
    world.apply(networkPolicy("p", "podSelector: {matchLabels: {app: server}}"));
    ask(client, server, tcp(80)).isDenied(INGRESS);
    ask(server, client, tcp(80)).passesBy();
    world.apply(networkPolicy("p", "podSelector: {matchLabels: {app: client}}"));
    ask(client, server, tcp(80)).passesBy();
    ask(server, client, tcp(80)).isDenied(INGRESS);
  }
}
