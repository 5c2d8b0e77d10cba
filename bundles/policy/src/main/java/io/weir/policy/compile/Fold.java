package io.weir.policy.compile;

import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.policy.spec.NamedPorts;
import io.weir.policy.spec.PortMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Folds rules about one peer into the entries of a class. The kernel takes the longest entry that
 * matches; so that a deny wins at every level, what is allowed inside of what is denied goes. What
 * is decided already by the entry around it goes too.
 *
 * <p>Blocks of ports lie inside of each other or apart, inside of their protocol, inside of
 * everything: a tree, in which an entry's parents are found by shortening it.
 */
final class Fold {
  private record Key(int protocol, int port, int bits) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byProtocol = Integer.compare(protocol, other.protocol);
      int byPort = Integer.compare(port, other.port);
      return byProtocol != 0
          ? byProtocol
          : byPort != 0 ? byPort : Integer.compare(bits, other.bits);
    }

    Key parent() {
      if (bits == 0) {
        return protocol == PolicyEntry.ANY_PROTOCOL
            ? null
            : new Key(PolicyEntry.ANY_PROTOCOL, 0, 0);
      }
      int mask = 0xffff << (16 - (bits - 1)) & 0xffff;
      return new Key(protocol, port & mask, bits - 1);
    }
  }

  private record Decision(PolicyVerdict verdict, int rule) {}

  private final Map<Key, Decision> decisions = new TreeMap<>();

  /**
   * Adds what a rule says about ports. Of two rules about the same, a deny stands, then the one
   * that was added first.
   *
   * @param named what the receiver's ports are called
   */
  void add(List<PortMatch> ports, boolean deny, int rule, NamedPorts named) {
    PolicyVerdict verdict = deny ? PolicyVerdict.DENY : PolicyVerdict.ALLOW;
    Decision decision = new Decision(verdict, rule);
    for (PortMatch port : ports) {
      if (port instanceof PortMatch.Range range) {
        for (PortBlocks.Block block : PortBlocks.of(range.first(), range.last())) {
          put(new Key(range.protocol(), block.port(), block.bits()), decision);
        }
      } else if (port instanceof PortMatch.Named name) {
        for (int number : named.resolve(name.protocol(), name.name())) {
          put(new Key(name.protocol(), number, 16), decision);
        }
      } else {
        put(new Key(PolicyEntry.ANY_PROTOCOL, 0, 0), decision);
      }
    }
  }

  /** As {@link #add}, but only the named ports among {@code ports}. */
  void addNamed(List<PortMatch> ports, boolean deny, int rule, NamedPorts named) {
    add(ports.stream().filter(PortMatch.Named.class::isInstance).toList(), deny, rule, named);
  }

  List<PolicyEntry> entries() {
    List<PolicyEntry> entries = new ArrayList<>();
    decisions.forEach(
        (key, decision) -> {
          if (!decidedAround(key, decision)) {
            entries.add(
                new PolicyEntry(
                    key.protocol(), key.port(), key.bits(), decision.verdict(), decision.rule()));
          }
        });
    entries.sort(null);
    return List.copyOf(entries);
  }

  private void put(Key key, Decision decision) {
    Decision before = decisions.get(key);
    boolean overrides =
        before == null
            || before.verdict() == PolicyVerdict.ALLOW && decision.verdict() == PolicyVerdict.DENY;
    if (overrides) {
      decisions.put(key, decision);
    }
  }

  private boolean decidedAround(Key key, Decision decision) {
    for (Key around = key.parent(); around != null; around = around.parent()) {
      Decision outer = decisions.get(around);
      if (outer != null
          && (outer.verdict() == PolicyVerdict.DENY || decision.verdict() == PolicyVerdict.ALLOW)) {
        return true;
      }
    }
    return false;
  }
}
