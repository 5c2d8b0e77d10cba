package io.weir.datapath;

import io.weir.datapath.FlowModel.Key;
import io.weir.datapath.FlowModel.Policy;
import io.weir.datapath.FlowModel.Rule;
import io.weir.datapath.FlowModel.Send;
import io.weir.itests.testing.packet.Packet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * One thing that happens to the flows of a node. It stands by itself, so that any may be left out.
 */
sealed interface FlowStep {
  /** A packet is met. */
  record Meet(Send send) implements FlowStep {}

  /** Another policy of a pod. */
  record Rules(int slot, Policy policy) implements FlowStep {}

  /** The kernel takes an entry for another. */
  record Evict(Key key, boolean both) implements FlowStep {}

  /** An entry is found to be older than it may become. */
  record Age(Key key) implements FlowStep {}

  /** An entry goes of which the model is not told: wrong by intent, and never drawn. */
  record Lose(Key key) implements FlowStep {}

  /**
   * Draws steps that meet each other: few pods, few ports, and for a while the same few flows,
   * whose packets come in likely orders and in unlikely ones.
   */
  final class Generator {
    static final int PODS = 3;

    private static final int FLOWS = 4;
    private static final List<Integer> PORTS = List.of(80, 443, 40_000, 40_001);

    private static final List<Rule> RULES =
        IntStream.rangeClosed(FlowModel.OUTSIDE, PODS)
            .boxed()
            .flatMap(
                peer ->
                    List.of(
                        new Rule(peer, Packet.TCP, 80),
                        new Rule(peer, Packet.TCP, 443),
                        new Rule(peer, Packet.TCP, 40_000),
                        new Rule(peer, Packet.UDP, 80),
                        new Rule(peer, Packet.UDP, 40_000),
                        new Rule(peer, Packet.ICMP, 8),
                        new Rule(peer, Packet.ICMP6, 128))
                        .stream())
            .toList();

    /** Flags of TCP, as often as they are drawn, of who asks and of who is asked. */
    private static final List<Integer> ASKING =
        List.of(2, 2, 2, 2, 16, 16, 16, 24, 24, 24, 24, 17, 17, 18, 4, 20, 3, 0);

    private static final List<Integer> ASKED =
        List.of(18, 18, 18, 18, 16, 16, 16, 24, 24, 24, 24, 17, 17, 2, 4, 20);

    private final Random random;
    private final List<Key> flows = new ArrayList<>();
    private final Map<Integer, Map<Rule, Boolean>> rules = new HashMap<>();

    Generator(long seed) {
      random = new Random(seed * 0x9e3779b97f4a7c15L);
      for (int i = 0; i < FLOWS; i++) {
        flows.add(flow());
      }
    }

    static List<FlowStep> steps(long seed, int count) {
      Generator generator = new Generator(seed);
      List<FlowStep> steps = new ArrayList<>();
      while (steps.size() < count) {
        steps.add(generator.next());
      }
      return steps;
    }

    private FlowStep next() {
      int kind = random.nextInt(40);
      if (kind == 0) {
        flows.set(random.nextInt(FLOWS), flow());
      }
      return switch (kind) {
        case 1, 2 -> rules();
        case 3, 4 -> new Evict(direction(), random.nextBoolean());
        case 5 -> new Age(direction());
        default -> new Meet(send());
      };
    }

    private Key flow() {
      int protocol = oneOf(List.of(Packet.TCP, Packet.TCP, Packet.TCP, Packet.UDP, Packet.ICMP));
      boolean ipv6 = random.nextBoolean();
      int source = random.nextInt(PODS + 1);
      int destination = source == FlowModel.OUTSIDE ? 1 + random.nextInt(PODS) : party(source);
      int from = oneOf(PORTS);
      int to = PORTS.get((PORTS.indexOf(from) + 1 + random.nextInt(PORTS.size() - 1)) % 4);
      return protocol == Packet.ICMP
          ? new Key(ipv6, ipv6 ? Packet.ICMP6 : protocol, source, from, destination, ipv6 ? 128 : 8)
          : new Key(ipv6, protocol, source, from, destination, to);
    }

    /** Seldom itself. */
    private int party(int source) {
      int other = random.nextInt(PODS + 1);
      return other == source ? random.nextInt(PODS + 1) : other;
    }

    private Key direction() {
      Key flow = oneOf(flows);
      return random.nextBoolean() ? flow : flow.reversed();
    }

    private Send send() {
      Key flow = oneOf(flows);
      boolean asks = random.nextInt(9) < 5;
      Key key = asks ? flow : flow.reversed();
      int flags = key.tcp() ? oneOf(asks ? ASKING : ASKED) : 0;
      boolean toPod = key.source() == FlowModel.OUTSIDE;
      return switch (random.nextInt(25)) {
        case 0 -> new Send(key, flags, 1 + random.nextInt(PODS), random.nextBoolean(), false);
        case 1 -> new Send(key, flags, key.place(), !toPod, false);
        case 2 -> new Send(key, flags, key.place(), toPod, true);
        default -> new Send(key, flags, key.place(), toPod, false);
      };
    }

    /** Another rule for one peer and port; from time to time all others. */
    private FlowStep rules() {
      int slot = 2 + random.nextInt(2 * PODS);
      Map<Rule, Boolean> now = rules.computeIfAbsent(slot, any -> new HashMap<>());
      if (random.nextInt(6) == 0) {
        now.clear();
        RULES.stream().filter(rule -> random.nextInt(3) > 0).forEach(rule -> change(now, rule));
      } else {
        Key flow = direction();
        boolean egress = slot % 2 == 0;
        int peer = egress ? flow.destination() : flow.source();
        change(now, new Rule(peer, flow.protocol(), flow.destinationPort()));
      }
      return new Rules(slot, new Policy(random.nextInt(4) == 0, Map.copyOf(now)));
    }

    private void change(Map<Rule, Boolean> rules, Rule rule) {
      switch (random.nextInt(5)) {
        case 0 -> rules.put(rule, false);
        case 1 -> rules.remove(rule);
        default -> rules.put(rule, true);
      }
    }

    private <T> T oneOf(List<T> some) {
      return some.get(random.nextInt(some.size()));
    }
  }
}
