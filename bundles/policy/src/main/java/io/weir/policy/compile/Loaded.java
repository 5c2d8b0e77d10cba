package io.weir.policy.compile;

import io.weir.api.row.Direction;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.ResourceKey;
import io.weir.policy.spec.Peers;
import io.weir.policy.spec.Policy;
import io.weir.policy.spec.PortMatch;
import io.weir.policy.spec.Rule;
import io.weir.policy.spec.Spec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The policies that are in force, their rules numbered and their selections shared. */
final class Loaded {
  /** What Weir itself allows: the node reaches its pods. */
  private static final ResourceKey LOCALHOST = new ResourceKey("Setting", "", "allow-localhost");

  private static final Rule FROM_HOST =
      new Rule(
          Direction.INGRESS,
          "always",
          false,
          new Peers.AnyOf(
              List.of(new io.weir.policy.spec.PeerSelector.Named(io.weir.policy.spec.Entity.HOST))),
          List.of(PortMatch.ALL));

  /** What a rule's number stands for. */
  record Name(ResourceKey policy, Direction direction, String section) {
    byte[] bytes() {
      return (policy + "\n" + direction + "\n" + section).getBytes(StandardCharsets.UTF_8);
    }
  }

  private record Entry(Policy policy, List<BoundSpec> specs) {}

  private final Selections selections;
  private final ContentNumbers<Name> numbers;
  private final Output<Integer, PolicyRule> rows;
  private final Map<ResourceKey, Entry> policies = new TreeMap<>();
  private final BoundRule fromHost;

  Loaded(Selections selections, ContentNumbers<Name> numbers, Output<Integer, PolicyRule> rows) {
    this.selections = selections;
    this.numbers = numbers;
    this.rows = rows;
    fromHost = bind(LOCALHOST, FROM_HOST);
  }

  /** The rule that the node reaches its pods. */
  BoundRule fromHost() {
    return fromHost;
  }

  List<BoundSpec> specs(ResourceKey key) {
    Entry entry = policies.get(key);
    return entry == null ? List.of() : entry.specs();
  }

  Policy policy(ResourceKey key) {
    Entry entry = policies.get(key);
    return entry == null ? null : entry.policy();
  }

  Collection<BoundSpec> all() {
    return policies.values().stream().flatMap(entry -> entry.specs().stream()).toList();
  }

  /** Takes a policy in the place of its former self, which {@link #unload} is still to let go. */
  List<BoundSpec> load(Policy policy) {
    List<BoundSpec> bound = new ArrayList<>();
    for (Spec spec : policy.specs()) {
      List<BoundRule> rules = spec.rules().stream().map(rule -> bind(policy.key(), rule)).toList();
      bound.add(new BoundSpec(policy.key(), bound.size(), spec, rules));
    }
    policies.put(policy.key(), new Entry(policy, List.copyOf(bound)));
    return bound;
  }

  void forget(ResourceKey key) {
    policies.remove(key);
  }

  /** Lets go of what {@link #load} took, once nothing is compiled from it any more. */
  void unload(List<BoundSpec> specs) {
    for (BoundSpec spec : specs) {
      for (BoundRule bound : spec.rules()) {
        if (bound.selection() != null) {
          selections.letGo(bound.selection());
        }
        numbers.release(bound.id());
        if (numbers.content(bound.id()) == null) {
          rows.remove(bound.id());
        }
      }
    }
  }

  private BoundRule bind(ResourceKey policy, Rule rule) {
    int id = numbers.acquire(new Name(policy, rule.direction(), rule.section()));
    rows.put(id, new PolicyRule(id, policy, rule.direction(), rule.section()));
    Selection selection = rule.peers() instanceof Peers.AnyOf some ? selections.hold(some) : null;
    return new BoundRule(rule, id, selection);
  }
}
