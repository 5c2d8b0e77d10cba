package io.weir.itests.rules;

import static io.weir.api.row.Direction.EGRESS;
import static io.weir.api.row.Direction.INGRESS;
import static io.weir.itests.rules.Probe.PING;
import static io.weir.itests.rules.Probe.icmp;
import static io.weir.itests.rules.Probe.sctp;
import static io.weir.itests.rules.Probe.tcp;
import static io.weir.itests.rules.Probe.udp;
import static io.weir.itests.rules.RuleWorld.HOST;
import static io.weir.itests.rules.RuleWorld.REMOTE_NODE;
import static io.weir.itests.rules.RuleWorld.WORLD;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Party;
import org.junit.jupiter.api.Test;

/** What Cilium's policies isolate, allow, deny and refuse. */
@NeedsRoot
class CiliumPolicyKernelTest extends RuleTest {
  private static final String P = "CiliumNetworkPolicy/default/p ";
  private static final String Q = "CiliumNetworkPolicy/default/q ";

  @Test
  void c01_should_deny_everything_by_an_empty_rule() {
    world.apply(ciliumPolicy("p", "endpointSelector: {matchLabels: {app: server}}\ningress: [{}]"));
    ask(client, server, tcp(80)).isDenied(INGRESS);
    ask(WORLD, server, PING).isDenied(INGRESS);
    ask(server, client, tcp(80)).passesBy();
    world.apply(ciliumPolicy("p", "endpointSelector: {matchLabels: {app: server}}\negress: [{}]"));
    ask(client, server, tcp(80)).passesBy();
    ask(server, client, tcp(80)).isDenied(EGRESS);
    ask(server, WORLD, udp(53)).isDenied(EGRESS);
  }

  @Test
  void c04_should_isolate_a_direction_by_a_section_that_holds_something() {
    for (String egress : new String[] {"", "egress:", "egress: []"}) {
      world.apply(
          ciliumPolicy(
              "p", "endpointSelector: {matchLabels: {app: server}}\ningress: [{}]\n" + egress));
      ask(server, client, tcp(80)).passesBy();
      ask(client, server, tcp(80)).isDenied(INGRESS);
      assertThat(
              world.refusal(
                  ciliumPolicy("q", "endpointSelector: {matchLabels: {app: client}}\n" + egress)))
          .contains("CiliumNetworkPolicy/default/q: spec")
          .contains("ingress, ingressDeny, egress or egressDeny");
    }
    ask(client, WORLD, tcp(80)).passesBy();
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingressDeny: [{fromEntities: [remote-node]}]
            """));
    ask(client, server, tcp(80)).isDenied(INGRESS); // a deny section isolates, too
  }

  @Test
  void c05_should_isolate_if_one_policy_wants_it() {
    String lenient =
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            enableDefaultDeny: {ingress: false}
            ingress: [{fromEndpoints: [{matchLabels: {app: client}}]}]
            ingressDeny: [{toPorts: [{ports: [{port: "22"}]}]}]
            """);
    world.apply(lenient);
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(otherClient, server, tcp(80)).passesBy();
    ask(otherClient, server, tcp(22)).isDeniedBy(INGRESS, P + "ingressDeny[0]");
    world.apply(
        ciliumPolicy(
            "q",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress: [{fromEntities: [remote-node]}]
            """));
    ask(otherClient, server, tcp(80)).isDenied(INGRESS);
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    world.delete("CiliumNetworkPolicy", "default", "q");
    ask(otherClient, server, tcp(80)).passesBy();
    world.apply(
        ciliumPolicy(
            "q",
            """
            endpointSelector: {matchLabels: {app: client}}
            enableDefaultDeny: {egress: true}
            ingress: [{fromEntities: [all]}]
            """));
    ask(client, WORLD, tcp(80)).isDenied(EGRESS);
  }

  @Test
  void c06_should_let_a_deny_win_at_every_level() {
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress:
            - fromEndpoints: [{matchLabels: {app: client}}]
              toPorts: [{ports: [{port: "80", protocol: TCP}]}]
            - fromEntities: [cluster]
            - fromCIDR: [203.0.113.7/32, "2001:db8:113::7/128"]
            """));
    ask(client, server, tcp(80)).passes();
    ask(WORLD, server, tcp(80)).passes();
    for (String deny :
        new String[] {
          "fromEntities: [all]",
          "fromEndpoints: [{}]",
          "toPorts: [{ports: [{port: \"1\", endPort: 1000, protocol: TCP}]}]",
          "toPorts: [{ports: [{port: \"0\", protocol: TCP}]}]",
          "toPorts: [{ports: [{port: \"80\"}]}]",
          "fromEndpoints: [{matchLabels: {app: client}}]"
        }) {
      world.apply(
          ciliumPolicy(
              "q",
              "endpointSelector: {matchLabels: {app: server}}\ningressDeny: [{%s}]"
                  .formatted(deny)));
      ask(client, server, tcp(80)).isDeniedBy(INGRESS, Q + "ingressDeny[0]");
    }
    ask(WORLD, server, tcp(80)).passesBy(P + "ingress[2]");
    world.apply(
        ciliumPolicy(
            "q",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingressDeny: [{fromCIDR: [203.0.0.0/8, "2001::/16"]}]
            """));
    ask(WORLD, server, tcp(80)).isDeniedBy(INGRESS, Q + "ingressDeny[0]");
    ask(client, server, tcp(80)).passes();
    world.delete("CiliumNetworkPolicy", "default", "q");
    world.apply(networkPolicy("k", "podSelector: {matchLabels: {app: server}}\ningress: [{}]"));
    world.apply(
        clusterPolicy(
            "q",
            """
            endpointSelector: {}
            egressDeny: [{toEndpoints: [{matchLabels: {app: server}}]}]
            """));
    ask(client, server, tcp(80))
        .isDeniedBy(EGRESS, "CiliumClusterwideNetworkPolicy/q egressDeny[0]");
    for (String seven : new String[] {"rules: {http: [{method: GET}]}", "rules: {dns: []}"}) {
      assertThat(
              world.refusal(
                  ciliumPolicy(
                      "r",
                      """
                      endpointSelector: {}
                      ingressDeny: [{toPorts: [{ports: [{port: "80"}], %s}]}]
                      """
                          .formatted(seven))))
          .contains("spec.ingressDeny[0].toPorts[0].rules");
    }
    assertThat(
            world.refusal(
                ciliumPolicy(
                    "r",
                    """
                    endpointSelector: {}
                    ingressDeny: [{fromEndpoints: [{}], authentication: {mode: required}}]
                    """)))
        .contains("spec.ingressDeny[0].authentication");
  }

  @Test
  void c14_should_let_the_node_reach_its_pods_unless_set_otherwise() {
    world.apply(ciliumPolicy("p", "endpointSelector: {matchLabels: {app: server}}\ningress: [{}]"));
    for (String always : new String[] {"auto", "always"}) {
      world.set("allow-localhost", always);
      ask(HOST, server, tcp(80)).passesBy("Setting/allow-localhost always");
      ask(REMOTE_NODE, server, tcp(80)).isDenied(INGRESS);
    }
    world.set("allow-localhost", "policy");
    ask(HOST, server, tcp(80)).isDenied(INGRESS);
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress: [{fromEntities: [host], toPorts: [{ports: [{port: "80"}]}]}]
            """));
    ask(HOST, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(HOST, server, tcp(81)).isDenied(INGRESS);
  }

  @Test
  void c16_should_refuse_requirements_that_are_no_longer_part_of_policies() {
    assertThat(
            world.refusal(
                ciliumPolicy(
                    "p",
                    """
                    endpointSelector: {}
                    ingress: [{fromRequires: [{matchLabels: {app: client}}]}]
                    """)))
        .contains("spec.ingress[0].fromRequires");
    assertThat(
            world.refusal(
                ciliumPolicy(
                    "p",
                    """
                    endpointSelector: {}
                    egress: [{toEntities: [world]}, {toRequires: [{matchLabels: {app: client}}]}]
                    """)))
        .contains("spec.egress[1].toRequires");
    ask(client, server, tcp(80)).passesBy();
  }

  @Test
  void c17_should_open_types_of_icmp_by_number_and_by_name_and_nothing_else() {
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress:
            - fromEndpoints: [{}]
              icmps: [{fields: [{type: 13}, {type: 8, family: IPv4}, {type: EchoRequest, family: IPv6}]}]
            """));
    ask(client, server, PING).passesBy(P + "ingress[0]");
    ask4(client, server, icmp(13, 0)).passesBy(P + "ingress[0]");
    ask6(client, server, icmp(0, 139)).isDenied(INGRESS);
    ask4(client, server, icmp(17, 0)).isDenied(INGRESS);
    ask(client, server, tcp(8)).isDenied(INGRESS);
    ask(WORLD, server, PING).isDenied(INGRESS);
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress: [{icmps: [{fields: [{type: EchoRequest}]}]}]
            """));
    ask4(WORLD, server, PING).passesBy(P + "ingress[0]");
    ask6(WORLD, server, PING).isDenied(INGRESS);
    assertThat(
            world.refusal(
                ciliumPolicy(
                    "q",
                    """
                    endpointSelector: {}
                    ingress: [{icmps: [{fields: [{type: NoSuchType}]}]}]
                    """)))
        .contains("spec.ingress[0].icmps[0].fields[0].type");
  }

  @Test
  void c18_should_mean_tcp_udp_and_sctp_by_any_and_all_ports_by_0() {
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: server}}
            ingress:
            - toPorts: [{ports: [{port: "80", protocol: ANY}, {port: "0", protocol: UDP}]}]
            - toPorts: [{ports: [{port: http, protocol: TCP}, {port: "90", endPort: 93}]}]
            """));
    for (Probe probe : new Probe[] {tcp(80), udp(80), sctp(80), udp(1), udp(65535)}) {
      ask(client, server, probe).passesBy(P + "ingress[0]");
    }
    for (Probe probe : new Probe[] {tcp(8080), tcp(90), sctp(93)}) {
      ask(client, server, probe).passesBy(P + "ingress[1]");
    }
    for (Probe probe : new Probe[] {PING, tcp(81), sctp(8080), tcp(89), tcp(94)}) {
      ask(client, server, probe).isDenied(INGRESS);
    }
    for (String port :
        new String[] {
          "{port: http, endPort: 90}", "{port: \"0\", endPort: 90}", "{port: \"90\", endPort: 80}"
        }) {
      assertThat(
              world.refusal(
                  ciliumPolicy(
                      "q",
                      "endpointSelector: {}\ningress: [{toPorts: [{ports: [%s]}]}]"
                          .formatted(port))))
          .contains("spec.ingress[0].toPorts[0].ports[0]");
    }
  }

  @Test
  void c28_should_subject_pods_without_labels_to_policies_about_init_only() {
    Party nameless = world.plug("default/nameless");
    ask(client, nameless, tcp(80)).isDenied(INGRESS);
    ask(nameless, WORLD, tcp(80)).isDenied(EGRESS);
    world.apply(networkPolicy("p", "podSelector: {}\ningress: [{}]\negress: [{}]"));
    ask(client, nameless, tcp(80)).isDenied(INGRESS);
    ask(nameless, client, tcp(80)).isDenied(EGRESS);
    world.apply(
        clusterPolicy(
            "q",
            """
            endpointSelector: {matchLabels: {"reserved:init": ""}}
            ingress: [{fromEntities: [all], toPorts: [{ports: [{port: "80"}]}]}]
            egress: [{toEntities: [world]}]
            """));
    ask(WORLD, nameless, tcp(80)).passesBy("CiliumClusterwideNetworkPolicy/q ingress[0]");
    ask(WORLD, nameless, tcp(81)).isDenied(INGRESS);
    ask(nameless, WORLD, tcp(80)).passesBy("CiliumClusterwideNetworkPolicy/q egress[0]");
    ask(nameless, client, tcp(80)).isDenied(EGRESS);
    assertThat(world.kernel.ask(WORLD, nameless, tcp(80), false).event().destinationIdentity())
        .isEqualTo(5);
    world.describe("default/nameless", "{app: named}");
    ask(WORLD, nameless, tcp(81)).passesBy("NetworkPolicy/default/p ingress[0]");
  }

  @Test
  void c31_should_take_spec_and_specs_and_refuse_a_policy_of_which_one_rule_is_bad() {
    String both =
        """
        apiVersion: cilium.io/v2
        kind: CiliumNetworkPolicy
        metadata: {namespace: default, name: p}
        spec:
          endpointSelector: {matchLabels: {app: server}}
          ingress: [{toPorts: [{ports: [{port: "80"}]}]}]
        specs:
        - endpointSelector: {matchLabels: {app: server}}
          ingress: [{toPorts: [{ports: [{port: "81"}]}]}]
        - endpointSelector: {matchLabels: {app: client}}
          ingress: [%s]
        """;
    world.apply(both.formatted("{}"));
    ask(client, server, tcp(80)).passesBy(P + "ingress[0]");
    ask(client, server, tcp(81)).passesBy(P + "specs[0].ingress[0]");
    ask(client, server, tcp(82)).isDenied(INGRESS);
    ask(server, client, tcp(80)).isDenied(INGRESS);
    for (String bad :
        new String[] {
          "{fromEntities: [nobody]}",
          "{}, {toPorts: [{ports: [{port: \"1\"}], rules: {http: [{method: GET}]}}]}",
          "{}, {fromNodes: [{}]}"
        }) {
      assertThat(world.refusal(both.formatted(bad).replace("\"80\"", "\"82\"")))
          .contains("CiliumNetworkPolicy/default/p: specs[1].ingress");
      ask(client, server, tcp(80)).passesBy(P + "ingress[0]"); // the last good version
      ask(client, server, tcp(82)).isDenied(INGRESS);
      ask(server, client, tcp(80)).isDenied(INGRESS);
    }
  }

  @Test
  void c33_should_isolate_every_pod_where_enforcement_is_always_and_none_where_it_is_never() {
    ask(client, server, tcp(80)).passesBy();
    world.set("enable-policy", "always");
    ask(client, server, tcp(80)).isDenied(EGRESS);
    ask(WORLD, server, tcp(80)).isDenied(INGRESS);
    ask(HOST, server, tcp(80)).passesBy("Setting/allow-localhost always");
    world.apply(
        clusterPolicy(
            "p",
            """
            endpointSelector: {}
            ingress: [{fromEndpoints: [{}]}]
            egress: [{toEndpoints: [{}]}]
            """));
    ask(client, otherServer, tcp(80))
        .passesBy(
            "CiliumClusterwideNetworkPolicy/p egress[0]",
            "CiliumClusterwideNetworkPolicy/p ingress[0]");
    ask(client, WORLD, tcp(80)).isDenied(EGRESS);
    world.set("enable-policy", "never");
    ask(client, WORLD, tcp(80)).passes();
    ask(WORLD, server, tcp(80)).passes();
    world.set("enable-policy", "default");
    ask(client, WORLD, tcp(80)).isDenied(EGRESS);
  }

  @Test
  void c34_should_take_addresses_that_nobody_knows_for_the_world() {
    Party unknown = Party.outside("10.0.200.200", "fd00:10::c8c8");
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: client}}
            ingress: [{fromEntities: [world]}]
            egress: [{toEntities: [world]}]
            """));
    ask(client, unknown, tcp(80)).passesBy(P + "egress[0]");
    ask(unknown, client, tcp(80)).passesBy(P + "ingress[0]");
    assertThat(world.kernel.ask(client, unknown, tcp(80), false).event().destinationIdentity())
        .isEqualTo(9);
    assertThat(world.kernel.ask(client, unknown, tcp(80), true).event().destinationIdentity())
        .isEqualTo(10);
    world.apply(
        ciliumPolicy(
            "p",
            """
            endpointSelector: {matchLabels: {app: client}}
            egress: [{toEntities: [cluster]}]
            """));
    ask(client, unknown, tcp(80)).isDenied(EGRESS);
  }
}
