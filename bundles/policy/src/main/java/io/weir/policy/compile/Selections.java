package io.weir.policy.compile;

import io.weir.api.row.Prefix;
import io.weir.policy.spec.Peer;
import io.weir.policy.spec.PeerSelector;
import io.weir.policy.spec.Peers;
import io.weir.policy.spec.Requirement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The selections of all rules, by their content. */
final class Selections {
  private final Universe universe;
  private final Map<Peers.AnyOf, Selection> byContent = new HashMap<>();
  private final Set<Selection> used = new HashSet<>();
  private final Map<Prefix, Integer> blocks = new HashMap<>();

  Selections(Universe universe) {
    this.universe = universe;
  }

  /** For as long as a policy with such a rule is loaded. */
  Selection hold(Peers.AnyOf peers) {
    Selection selection = byContent.computeIfAbsent(peers, Selection::new);
    selection.holders++;
    return selection;
  }

  void letGo(Selection selection) {
    if (--selection.holders == 0) {
      byContent.remove(selection.peers);
    }
  }

  /** For as long as a compiled policy has such a rule. */
  void use(Selection selection) {
    if (selection.users++ == 0) {
      used.add(selection);
      eachBlock(selection.peers, block -> blocks.merge(block, 1, Integer::sum));
    }
  }

  void unuse(Selection selection) {
    if (--selection.users == 0) {
      used.remove(selection);
      selection.members = null;
      eachBlock(
          selection.peers,
          block -> blocks.computeIfPresent(block, (b, n) -> n == 1 ? null : n - 1));
    }
  }

  /** The address blocks that rules in use name. */
  Set<Prefix> blocks() {
    return blocks.keySet();
  }

  /** Works out what is not worked out yet. */
  void complete() {
    for (Selection selection : used) {
      if (selection.members == null) {
        selection.members = universe.select(selection.peers);
      }
    }
  }

  /** Says that a peer came or is another now. */
  void put(int index, Peer peer) {
    for (Selection selection : used) {
      if (selection.members != null) {
        selection.members.set(index, selection.peers.contains(peer));
      }
    }
  }

  void removed(int index) {
    for (Selection selection : used) {
      if (selection.members != null) {
        selection.members.clear(index);
      }
    }
  }

  /** How many different ones there are. */
  int size() {
    return byContent.size();
  }

  private static void eachBlock(Peers.AnyOf peers, Consumer<Prefix> consumer) {
    Set<Prefix> named = new HashSet<>();
    for (PeerSelector selector : peers.selectors()) {
      if (selector instanceof PeerSelector.InBlock in) {
        named.add(in.block());
        named.addAll(in.except());
      } else if (selector instanceof PeerSelector.Labelled labelled) {
        for (Requirement requirement : labelled.selector().requirements()) {
          if (requirement.source().equals("cidr")) {
            block(requirement.key(), named);
          }
        }
      }
    }
    named.forEach(consumer);
  }

  private static void block(String text, Set<Prefix> named) {
    try {
      named.add(Prefix.parse(text));
    } catch (IllegalArgumentException e) {
      return; // a label that is no block is on no peer either
    }
  }
}
