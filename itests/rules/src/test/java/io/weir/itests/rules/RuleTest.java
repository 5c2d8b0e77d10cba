package io.weir.itests.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.packet.Party;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/**
 * Tests of rules: a world with four pods in two namespaces, and assertions on the kernel's verdicts
 * of both families.
 */
abstract class RuleTest {
  static RuleWorld world;

  Party client;
  Party server;
  Party otherClient;
  Party otherServer;

  @BeforeAll
  static void create() {
    world = new RuleWorld();
  }

  @AfterAll
  static void destroy() {
    world.close();
  }

  @BeforeEach
  void populate() {
    world.namespace("default", "{team: blue}");
    world.namespace("other", "{team: red}");
    String[] ports = {
      "{name: http, containerPort: 8080}", "{name: dns, containerPort: 53, protocol: UDP}"
    };
    client = world.pod("default/client", "{app: client}");
    server = world.pod("default/server", "{app: server}", ports);
    otherClient = world.pod("other/client", "{app: client}");
    otherServer = world.pod("other/server", "{app: server}", ports);
  }

  @AfterEach
  void clear() {
    world.clear();
  }

  static String networkPolicy(String name, String spec) {
    return policy(
        "networking.k8s.io/v1", "NetworkPolicy", "namespace: default, name: " + name, spec);
  }

  static String ciliumPolicy(String name, String spec) {
    return policy("cilium.io/v2", "CiliumNetworkPolicy", "namespace: default, name: " + name, spec);
  }

  static String clusterPolicy(String name, String spec) {
    return policy("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "name: " + name, spec);
  }

  private static String policy(String version, String kind, String metadata, String spec) {
    return "apiVersion: %s%nkind: %s%nmetadata: {%s}%nspec:%n%s"
        .formatted(version, kind, metadata, spec.indent(2));
  }

  /** Asks the kernel, of each family that both ends have. */
  static Answers ask(Party from, Party to, Probe probe) {
    List<Answer> answers = new ArrayList<>();
    for (boolean ipv6 : new boolean[] {false, true}) {
      if (from.has(ipv6) && to.has(ipv6)) {
        answers.add(
            new Answer(
                "%s → %s:%s, IPv%d".formatted(from, to, probe, ipv6 ? 6 : 4),
                world.kernel.ask(from, to, probe, ipv6)));
      }
    }
    assertThat(answers).as("families that both ends have").isNotEmpty();
    return new Answers(answers);
  }

  static Answers ask4(Party from, Party to, Probe probe) {
    return ask(only(from, false), only(to, false), probe);
  }

  static Answers ask6(Party from, Party to, Probe probe) {
    return ask(only(from, true), only(to, true), probe);
  }

  /** Flows of each family that both ends have; nothing is sent yet. */
  static List<Flow> flows(Party from, Party to, Probe probe) {
    return Stream.of(false, true)
        .filter(ipv6 -> from.has(ipv6) && to.has(ipv6))
        .map(ipv6 -> new Flow(world.kernel, from, to, probe, ipv6))
        .toList();
  }

  private static Party only(Party party, boolean ipv6) {
    return new Party(party.name(), party.ifindex(), party.mac(), List.of(party.address(ipv6)));
  }

  record Answer(String question, Verdict verdict) {}

  /** What the kernel said; the assertions hold for each family. */
  record Answers(List<Answer> answers) {
    Answers passes() {
      for (Answer answer : answers) {
        assertThat(answer.verdict().passes()).as("%s passes", answer).isTrue();
        assertThat(answer.verdict().event().reason()).as(answer.toString()).isZero();
      }
      return this;
    }

    /** It passes, and the event names these rules, the egress policy's first. */
    void passesBy(String... rules) {
      passes();
      for (Answer answer : answers) {
        assertThat(decidedBy(answer.verdict())).as(answer.toString()).containsExactly(rules);
      }
    }

    /** No rule allows it. */
    void isDenied(Direction by) {
      for (Answer answer : answers) {
        denied(answer, Abi.REASON_POLICY_DENIED, by);
        assertThat(answer.verdict().rule(by)).as(answer.toString()).isEmpty();
      }
    }

    /** A deny rule denies it. */
    void isDeniedBy(Direction by, String rule) {
      for (Answer answer : answers) {
        denied(answer, Abi.REASON_POLICY_DENY, by);
        assertThat(answer.verdict().rule(by)).as(answer.toString()).isEqualTo(rule);
      }
    }

    void isDropped(int reason) {
      for (Answer answer : answers) {
        assertThat(answer.verdict().passes()).as("%s passes", answer).isFalse();
        assertThat(answer.verdict().event().reason()).as(answer.toString()).isEqualTo(reason);
      }
    }

    private static void denied(Answer answer, int reason, Direction by) {
      assertThat(answer.verdict().passes()).as("%s passes", answer).isFalse();
      assertThat(answer.verdict().event().reason()).as(answer.toString()).isEqualTo(reason);
      assertThat(answer.verdict().deniedAt()).as(answer.toString()).contains(by);
    }

    private static List<String> decidedBy(Verdict verdict) {
      return Stream.of(Direction.EGRESS, Direction.INGRESS)
          .map(verdict::rule)
          .filter(rule -> !rule.isEmpty())
          .toList();
    }
  }
}
