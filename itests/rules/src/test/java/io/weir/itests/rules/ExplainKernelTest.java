package io.weir.itests.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.api.row.PolicyRule;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Party;
import io.weir.policy.explain.Explanation;
import io.weir.policy.explain.Picture;
import io.weir.policy.explain.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** {@code weir policy explain} and the kernel say the same, whatever the policies. */
@NeedsRoot
class ExplainKernelTest {
  private static final int ROUNDS = 200;
  private static final int QUESTIONS = 50;
  private static final int PODS = 12;
  private static final int MOST_POLICIES = 8;

  @Test
  void should_equal_the_kernels_verdict_on_ten_thousand_random_questions() {
    long seed = Long.getLong("weir.seed", new Random().nextLong());
    System.out.println("ExplainKernelTest: -Dweir.seed=" + seed);
    Random random = new Random(seed);
    RandomPolicies policies = new RandomPolicies(random);
    int passed = 0;
    int ruled = 0;
    try (RuleWorld world = new RuleWorld()) {
      List<Party> parties = populate(world, policies);
      for (int round = 0; round < ROUNDS; round++) {
        List<String> written = rewrite(world, policies, random);
        Picture picture = Picture.of(world.tables);
        for (int i = 0; i < QUESTIONS; i++) {
          boolean ipv6 = random.nextBoolean();
          Party from = one(random, parties);
          Party to = one(random, parties);
          if (!from.isPod() && !to.isPod()) {
            to = parties.get(random.nextInt(PODS));
          }
          Probe probe = probe(random);
          Verdict verdict = world.kernel.ask(from, to, probe, ipv6);
          Explanation explanation =
              Explanation.of(question(from, to, probe, ipv6, picture), picture);
          assertThat(spoken(verdict))
              .as(
                  "seed %d, round %d: %s → %s:%s, IPv%d, by%n%s",
                  seed, round, from, to, probe, ipv6 ? 6 : 4, String.join("---\n", written))
              .isEqualTo(spoken(explanation));
          passed += verdict.passes() ? 1 : 0;
          ruled += verdict.event().egress().or(verdict.event()::ingress).isPresent() ? 1 : 0;
        }
      }
    }
    int all = ROUNDS * QUESTIONS;
    System.out.printf("ExplainKernelTest: %d of %d passed, %d by rules%n", passed, all, ruled);
    assertThat(passed).as("questions are of both kinds").isBetween(all / 10, all * 9 / 10);
    assertThat(ruled).as("rules decide").isGreaterThan(all / 10);
  }

  private static List<Party> populate(RuleWorld world, RandomPolicies policies) {
    world.namespace("one", "{team: blue}");
    world.namespace("two", "{team: blue}");
    world.namespace("three", "{team: red}");
    List<Party> parties = new ArrayList<>();
    for (int i = 0; i < PODS; i++) {
      String namespace = RandomPolicies.NAMESPACES[i % RandomPolicies.NAMESPACES.length];
      parties.add(world.pod(namespace + "/pod-" + i, policies.labels(), policies.ports()));
    }
    parties.add(RuleWorld.HOST);
    parties.add(RuleWorld.REMOTE_NODE);
    parties.add(RuleWorld.WORLD);
    parties.add(Party.outside("203.0.113.200", "2001:db8:113:5::1"));
    parties.add(Party.outside("203.0.114.1", "2001:db8:1::1"));
    parties.add(Party.outside("8.8.8.8", "2a00::8"));
    parties.add(Party.outside("10.0.200.1", "fd00:10::c801")); // a pod's, if there were one
    return parties;
  }

  /** Other policies, now and then other labels and settings. */
  private static List<String> rewrite(RuleWorld world, RandomPolicies policies, Random random) {
    world.removePolicies();
    List<String> written = new ArrayList<>();
    int count = 1 + random.nextInt(MOST_POLICIES);
    for (int i = 0; i < count; i++) {
      written.add(policies.next(i));
    }
    if (random.nextInt(3) == 0) {
      int pod = random.nextInt(PODS);
      world.describe(
          RandomPolicies.NAMESPACES[pod % RandomPolicies.NAMESPACES.length] + "/pod-" + pod,
          policies.labels(),
          policies.ports());
    }
    world.set("allow-localhost", random.nextBoolean() ? "policy" : "auto");
    world.set("policy-cidr-match-mode", random.nextInt(3) == 0 ? "nodes" : "");
    world.set("enable-policy", random.nextInt(8) == 0 ? "always" : "default");
    world.set("policy-audit-mode", random.nextInt(10) == 0 ? "true" : "false");
    world.apply(String.join("---\n", written));
    world.kernel.forgetFlows();
    return written;
  }

  private static Probe probe(Random random) {
    int port =
        random.nextInt(4) == 0
            ? 1 + random.nextInt(65535)
            : RandomPolicies.PORTS[random.nextInt(RandomPolicies.PORTS.length)];
    return switch (random.nextInt(8)) {
      case 0, 1, 2, 3 -> Probe.tcp(port);
      case 4, 5 -> Probe.udp(port);
      case 6 -> Probe.sctp(port);
      default -> random.nextBoolean() ? Probe.PING : Probe.icmp(13, 139);
    };
  }

  private static Question question(
      Party from, Party to, Probe probe, boolean ipv6, Picture picture) {
    String form = ipv6 ? "[%s]:%s" : "%s:%s";
    return Question.parse(
        from.address(ipv6).toString(), form.formatted(to.address(ipv6), probe.text(ipv6)), picture);
  }

  /** What both can say: a receiver's policy is not asked where the sender's denies. */
  private record Spoken(
      boolean passes, Optional<PolicyRule> egress, Optional<PolicyRule> ingress) {}

  private static Spoken spoken(Verdict verdict) {
    return new Spoken(verdict.passes(), verdict.event().egress(), verdict.event().ingress());
  }

  private static Spoken spoken(Explanation explanation) {
    Optional<Explanation.Side> egress = side(explanation, Direction.EGRESS);
    boolean leaves = egress.isEmpty() || egress.get().decision().passes();
    return new Spoken(
        explanation.passes(),
        egress.flatMap(Explanation.Side::rule),
        leaves
            ? side(explanation, Direction.INGRESS).flatMap(Explanation.Side::rule)
            : Optional.empty());
  }

  private static Optional<Explanation.Side> side(Explanation explanation, Direction direction) {
    return explanation.sides().stream().filter(side -> side.direction() == direction).findFirst();
  }

  private static <T> T one(Random random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
