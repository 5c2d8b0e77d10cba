package io.weir.policy.compile;

import io.weir.api.row.Address;
import io.weir.api.row.BlockIdentity;
import io.weir.api.row.Identity;
import io.weir.api.row.Prefix;
import io.weir.policy.spec.LabelSet;
import io.weir.policy.spec.NamedPorts;
import io.weir.policy.spec.Peer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Address blocks that are peers of their own because some rule names them, or the API server or one
 * of several unlike pods is there. Since each named block is one, the longest of them that holds an
 * address lies wholly inside or outside of every block that a rule names.
 *
 * <p>A block that is needed no more is told to nobody from then on, but is still known for {@link
 * #LINGER}, so that packets that were looked up before are judged as before.
 */
final class Blocks {
  static final Duration LINGER = Duration.ofSeconds(60);

  /** Numbers within their scope. */
  static final int FIRST = 1;

  static final int END = 1 << 24;

  /**
   * What makes blocks needed, beside rules.
   *
   * @param named by rules
   * @param pods one address each, where pods of one identity give a port's name to unlike ports
   * @param apiServers addresses of the Kubernetes API server that are not this node's
   * @param nodes addresses of nodes, where rules about addresses are to match those
   */
  record Needs(
      Set<Prefix> named, Map<Address, Peer> pods, Set<Address> apiServers, Set<Address> nodes) {
    Needs {
      named = Set.copyOf(named);
    }

    Set<Prefix> all() {
      Set<Prefix> all = new HashSet<>(named);
      pods.keySet().forEach(address -> all.add(Prefix.host(address)));
      apiServers.forEach(address -> all.add(Prefix.host(address)));
      nodes.forEach(address -> all.add(Prefix.host(address)));
      return all;
    }
  }

  private final TurnNumbers<Prefix> numbers;
  private final Map<Prefix, Instant> lingering = new HashMap<>();
  private final Output<Prefix, BlockIdentity> rows;
  private final Output<Integer, Identity> identities;
  private Map<Integer, Peer> peers = Map.of();
  private Needs met;

  /** Starts with what was kept, which lingers from {@code now} on. */
  Blocks(
      TurnNumbers<Prefix> numbers,
      Output<Prefix, BlockIdentity> rows,
      Output<Integer, Identity> identities,
      Instant now) {
    this.numbers = numbers;
    this.rows = rows;
    this.identities = identities;
    numbers.given().keySet().forEach(block -> lingering.put(block, now));
  }

  /** Peers by number, as they are from now on; the same map where nothing has changed. */
  Map<Integer, Peer> update(Needs needs, Instant now) {
    boolean lingered = nextRelease().map(at -> !at.isAfter(now)).orElse(false);
    if (needs.equals(met) && !lingered) {
      return peers;
    }
    Set<Prefix> needed = needs.all();
    for (Prefix block : new TreeSet<>(needed)) {
      numbers.take(block);
      lingering.remove(block);
    }
    for (Prefix block : Set.copyOf(numbers.given().keySet())) {
      if (!needed.contains(block)) {
        Instant since = lingering.computeIfAbsent(block, unused -> now);
        if (!since.plus(LINGER).isAfter(now)) {
          lingering.remove(block);
          numbers.release(block);
        }
      }
    }
    Map<Integer, Peer> current = new HashMap<>();
    labels(needs)
        .forEach(
            (block, labels) -> {
              int number = numbers.number(block).orElseThrow();
              Identity identity = new Identity(Identity.SCOPE_BLOCK | number, labels);
              identities.put(identity.number(), identity);
              Peer outside = outside(block, identity);
              Peer managed = managed(block, number, needs);
              current.put(outside.identity(), outside);
              current.put(managed.identity(), managed);
              if (needed.contains(block)) {
                rows.put(block, new BlockIdentity(block, identity.number()));
              } else {
                rows.remove(block);
              }
            });
    for (Peer gone : peers.values()) {
      if (!current.containsKey(gone.identity())) {
        identities.remove(gone.identity());
        rows.remove(gone.block().orElseThrow());
      }
    }
    peers = current;
    met = needs;
    return peers;
  }

  /** When the next block will have lingered long enough. */
  Optional<Instant> nextRelease() {
    return lingering.values().stream().min(Instant::compareTo).map(since -> since.plus(LINGER));
  }

  /** Each block's labels: itself, those around it, and what is there. */
  private Map<Prefix, TreeMap<String, String>> labels(Needs needs) {
    Map<Prefix, TreeMap<String, String>> labels = new HashMap<>();
    Deque<Prefix> around = new ArrayDeque<>();
    for (Prefix block : new TreeSet<>(numbers.given().keySet())) {
      while (!around.isEmpty() && !around.peek().contains(block)) {
        around.pop();
      }
      around.push(block);
      TreeMap<String, String> own = new TreeMap<>();
      around.forEach(outer -> own.put("cidr:" + outer, ""));
      own.put(block.address().ipv6() ? "reserved:world-ipv6" : "reserved:world-ipv4", "");
      if (isHost(block) && needs.apiServers().contains(block.address())) {
        own.put("reserved:kube-apiserver", "");
      }
      labels.put(block, own);
    }
    return labels;
  }

  private static Peer outside(Prefix block, Identity identity) {
    return new Peer(
        identity.number(),
        new LabelSet(identity.labels()),
        Peer.Kind.BLOCK,
        Optional.of(block),
        NamedPorts.NONE,
        Optional.empty());
  }

  private static Peer managed(Prefix block, int number, Needs needs) {
    boolean node = isHost(block) && needs.nodes().contains(block.address());
    Optional<Peer> pod =
        isHost(block) ? Optional.ofNullable(needs.pods().get(block.address())) : Optional.empty();
    return new Peer(
        Identity.SCOPE_MANAGED_BLOCK | number,
        new LabelSet(Map.of()),
        node ? Peer.Kind.NODE_BLOCK : Peer.Kind.MANAGED_BLOCK,
        Optional.of(block),
        NamedPorts.NONE,
        pod);
  }

  private static boolean isHost(Prefix block) {
    return block.length() == block.address().bits();
  }
}
