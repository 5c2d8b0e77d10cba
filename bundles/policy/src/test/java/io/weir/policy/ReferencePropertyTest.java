package io.weir.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Compiled rows against {@link Reference}, which reads what is written and compiles nothing. */
class ReferencePropertyTest {
  private static final int WORLDS = 100;
  private static final int ROUNDS = 5;
  private static final int TUPLES = 40;

  /** Name of a protocol as questions have it, and its number. */
  private record Protocol(String name, int number) {}

  private static final List<Protocol> PROTOCOLS =
      List.of(
          new Protocol("TCP", 6),
          new Protocol("TCP", 6),
          new Protocol("UDP", 17),
          new Protocol("SCTP", 132),
          new Protocol("ICMP", 1),
          new Protocol("ICMPV6", 58));

  @Test
  void should_agree_with_the_reference_on_random_tuples_of_random_policies() {
    int passed = 0;
    int asked = 0;
    for (int seed = 0; seed < WORLDS; seed++) {
      Random random = new Random(seed);
      RandomPolicies generator = new RandomPolicies(random);
      World world = new World();
      RandomPolicies.NAMESPACES.forEach(
          name -> world.apply(Texts.resource(generator.namespace(name))));
      for (int round = 0; round < ROUNDS; round++) {
        change(world, generator, random);
        world.update();
        for (int i = 0; i < TUPLES; i++) {
          passed += ask(world, generator, random, "seed " + seed + ", round " + round) ? 1 : 0;
          asked++;
        }
      }
    }
    assertThat(asked).isGreaterThanOrEqualTo(10_000);
    assertThat(passed).as("both verdicts are met often").isBetween(asked / 5, asked * 4 / 5);
  }

  /** Pods and policies come, change and go; so that what is compiled by steps is met too. */
  private static void change(World world, RandomPolicies generator, Random random) {
    for (int i = 0; i < 6; i++) {
      Resource pod = Texts.resource(generator.pod(1 + random.nextInt(12)));
      world.pods().keySet().stream()
          .filter(key -> key.name().equals(pod.key().name()))
          .toList()
          .forEach(world::delete);
      world.apply(pod);
    }
    for (int i = 0; i < 3; i++) {
      world.apply(Texts.resource(generator.policy("q" + random.nextInt(6))));
    }
    if (random.nextBoolean() && world.policies().size() > 3) {
      world.delete(generator.pick(List.copyOf(world.policies().keySet())));
    }
    if (random.nextInt(3) == 0) {
      world.pass(Duration.ofMinutes(2));
    }
    if (random.nextInt(6) == 0) {
      world.restart();
    }
  }

  private static boolean ask(
      World world, RandomPolicies generator, Random random, String description) {
    boolean ipv6 = random.nextInt(3) == 0;
    Reference.Actor from = actor(world, generator, random, ipv6);
    Reference.Actor to = actor(world, generator, random, ipv6);
    Protocol protocol = generator.pick(PROTOCOLS);
    boolean icmp = protocol.name().startsWith("ICMP");
    int port = icmp ? generator.pick(List.of(1, 8, 128)) : generator.pick(RandomPolicies.PORTS);
    String question = "[%s]:%d/%s".formatted(to.address(), port, protocol.name());
    var explanation = world.explain(from.address().toString(), question);
    boolean expected = new Reference(world).passes(from, to, protocol.number(), port);
    assertThat(explanation.passes())
        .as(
            "%s: %s -> %s: %s%n%s",
            description, from.address(), question, explanation, world.policies())
        .isEqualTo(expected);
    return expected;
  }

  private static Reference.Actor actor(
      World world, RandomPolicies generator, Random random, boolean ipv6) {
    return switch (random.nextInt(8)) {
      case 0 -> named(ipv6 ? "2001:db8::1" : World.HOST, "host");
      case 1 -> ipv6 ? named("2001:db8:f::1", "world") : named(World.REMOTE_NODE, "remote-node");
      case 2 -> named(ipv6 ? "2001:db8:e::1" : "198.51.100.7", "world");
      case 3 -> named(ipv6 ? "fd00:10::99" : "198.51.100.9", "world");
      default -> {
        Resource pod = generator.pick(new ArrayList<>(world.pods().values()));
        yield new Reference.Actor(Optional.of(pod), World.addresses(pod).get(ipv6 ? 1 : 0), "pod");
      }
    };
  }

  private static Reference.Actor named(String address, String entity) {
    return new Reference.Actor(Optional.empty(), Address.parse(address), entity);
  }
}
