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

/** Ports and protocols of a NetworkPolicy. */
@NeedsRoot
class NetworkPolicyPortsKernelTest extends RuleTest {
  private static final String P = "NetworkPolicy/default/p ";

  @Test
  void n13_should_mean_tcp_where_no_protocol_is_named_and_never_open_another() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress:
            - ports: [{port: 53}]
            """));
    ask(client, server, tcp(53)).passesBy(P + "ingress[0]");
    ask(client, server, udp(53)).isDenied(INGRESS);
    ask(client, server, sctp(53)).isDenied(INGRESS);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress:
            - ports: [{protocol: UDP}]
            """));
    ask(client, server, udp(1)).passesBy(P + "ingress[0]");
    ask(client, server, udp(65535)).passesBy(P + "ingress[0]");
    ask(client, server, tcp(53)).isDenied(INGRESS);
    ask(client, server, PING).isDenied(INGRESS);
  }

  @Test
  void n14_should_resolve_a_named_port_at_the_pod_that_receives() {
    Party twin = world.pod("default/twin", "{app: server}", "{name: http, containerPort: 9090}");
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{ports: [{port: http}, {port: dns, protocol: TCP}, {port: nowhere}, {port: 99}]}]
            """));
    ask(client, server, tcp(8080)).passesBy(P + "ingress[0]");
    ask(client, twin, tcp(9090)).passesBy(P + "ingress[0]");
    ask(client, server, tcp(9090)).isDenied(INGRESS);
    ask(client, twin, tcp(8080)).isDenied(INGRESS);
    ask(client, server, tcp(53)).isDenied(INGRESS); // dns is a name of UDP
    ask(client, server, udp(53)).isDenied(INGRESS);
    ask(client, server, tcp(99)).passesBy(P + "ingress[0]");
    world.delete("NetworkPolicy", "default", "p");
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: client}}
            policyTypes: [Egress]
            egress: [{to: [{namespaceSelector: {}}], ports: [{port: http}, {port: nowhere}, {port: 99}]}]
            """));
    ask(client, server, tcp(8080)).passesBy(P + "egress[0]");
    ask(client, twin, tcp(9090)).passesBy(P + "egress[0]");
    ask(client, otherServer, tcp(8080)).passesBy(P + "egress[0]");
    ask(client, server, tcp(9090)).isDenied(EGRESS);
    ask(client, twin, tcp(8080)).isDenied(EGRESS);
    ask(client, otherClient, tcp(8080)).isDenied(EGRESS);
    ask(client, otherClient, tcp(99)).passesBy(P + "egress[0]");
  }

  @Test
  void n15_should_take_a_range_exactly_and_refuse_one_that_is_none() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{ports: [{port: 7999, endPort: 8010}, {port: 9000, endPort: 9000}]}]
            """));
    for (int port : new int[] {7999, 8000, 8007, 8008, 8010, 9000}) {
      ask(client, server, tcp(port)).passesBy(P + "ingress[0]");
    }
    for (int port : new int[] {7998, 8011, 8999, 9001, 1, 65535}) {
      ask(client, server, tcp(port)).isDenied(INGRESS);
    }
    ask(client, server, udp(8000)).isDenied(INGRESS);
    for (String port :
        new String[] {"{port: 80, endPort: 79}", "{port: http, endPort: 90}", "{endPort: 90}"}) {
      assertThat(
              world.refusal(
                  networkPolicy("q", "podSelector: {}\ningress: [{ports: [%s]}]".formatted(port))))
          .contains("spec.ingress[0].ports[0].endPort");
    }
  }

  @Test
  void n16_should_know_sctp_and_open_icmp_by_rules_without_ports_only() {
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{ports: [{port: 7777, protocol: SCTP}]}]
            """));
    ask(client, server, sctp(7777)).passesBy(P + "ingress[0]");
    ask(client, server, sctp(7778)).isDenied(INGRESS);
    ask(client, server, tcp(7777)).isDenied(INGRESS);
    ask(client, server, PING).isDenied(INGRESS);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress:
            - ports: [{protocol: TCP}, {protocol: UDP}, {protocol: SCTP}]
            """));
    ask(client, server, PING).isDenied(INGRESS);
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress: [{from: [{podSelector: {}}]}]
            """));
    ask(client, server, PING).passesBy(P + "ingress[0]");
    ask(client, server, Probe.icmp(13, 139)).passesBy(P + "ingress[0]");
    ask(WORLD, server, PING).isDenied(INGRESS);
  }
}
