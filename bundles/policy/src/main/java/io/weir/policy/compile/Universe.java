package io.weir.policy.compile;

import io.weir.policy.spec.Peer;
import io.weir.policy.spec.PeerSelector;
import io.weir.policy.spec.Peers;
import io.weir.policy.spec.Requirement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Every peer that is known, each under an index of its own, so that sets of peers are sets of bits.
 * Labels are indexed: a selector is answered by a few operations on such sets, whatever the number
 * of peers.
 */
final class Universe {
  private final List<Peer> peers = new ArrayList<>();
  private final Map<Integer, Integer> indexes = new HashMap<>();
  private final BitSet live = new BitSet();
  private final BitSet blocks = new BitSet();
  private final Map<String, Map<String, BitSet>> byLabel = new HashMap<>();

  /** The peer's index; its former self under the same number, if there was one, had it too. */
  int put(Peer peer) {
    Integer known = indexes.get(peer.identity());
    int index;
    if (known == null) {
      index = live.nextClearBit(0);
      if (index == peers.size()) {
        peers.add(peer);
      }
      indexes.put(peer.identity(), index);
    } else {
      index = known;
      unlist(index);
    }
    peers.set(index, peer);
    live.set(index);
    blocks.set(index, peer.block().isPresent());
    peer.labels()
        .values()
        .forEach(
            (label, value) ->
                byLabel
                    .computeIfAbsent(label, unused -> new HashMap<>())
                    .computeIfAbsent(value, unused -> new BitSet())
                    .set(index));
    return index;
  }

  /** The index that is free now; -1 if there was no such peer. */
  int remove(int identity) {
    Integer index = indexes.remove(identity);
    if (index == null) {
      return -1;
    }
    unlist(index);
    live.clear(index);
    blocks.clear(index);
    peers.set(index, null);
    return index;
  }

  Peer peer(int index) {
    return peers.get(index);
  }

  /** The index of the peer of that number; -1 if there is none. */
  int index(int identity) {
    return indexes.getOrDefault(identity, -1);
  }

  /** Not to be changed. */
  BitSet live() {
    return live;
  }

  int size() {
    return live.length();
  }

  /** Indexes of the peers that one of the selectors selects. */
  BitSet select(Peers.AnyOf wanted) {
    BitSet members = new BitSet();
    for (PeerSelector selector : wanted.selectors()) {
      members.or(select(selector));
    }
    return members;
  }

  private BitSet select(PeerSelector selector) {
    if (selector instanceof PeerSelector.Labelled labelled) {
      return labelled(labelled.selector().requirements());
    }
    BitSet candidates = selector instanceof PeerSelector.InBlock ? blocks : live;
    BitSet members = new BitSet();
    candidates.stream().filter(index -> selector.matches(peers.get(index))).forEach(members::set);
    return members;
  }

  private BitSet labelled(List<Requirement> requirements) {
    BitSet members = (BitSet) live.clone();
    members.andNot(managedBlocks());
    for (Requirement requirement : requirements) {
      Map<String, BitSet> values = byLabel.getOrDefault(requirement.label(), Map.of());
      BitSet having = new BitSet();
      boolean anyValue = requirement.values().isEmpty();
      for (Map.Entry<String, BitSet> value : values.entrySet()) {
        if (anyValue || requirement.values().contains(value.getKey())) {
          having.or(value.getValue());
        }
      }
      switch (requirement.operator()) {
        case IN, EXISTS -> members.and(having);
        case NOT_IN, DOES_NOT_EXIST -> members.andNot(having);
      }
    }
    return members;
  }

  /** Those that only rules about addresses select. */
  private BitSet managedBlocks() {
    BitSet managed = new BitSet();
    blocks.stream()
        .filter(index -> peers.get(index).kind() != Peer.Kind.BLOCK)
        .forEach(managed::set);
    return managed;
  }

  private void unlist(int index) {
    peers
        .get(index)
        .labels()
        .values()
        .forEach(
            (label, value) -> {
              Map<String, BitSet> values = byLabel.get(label);
              BitSet having = values.get(value);
              having.clear(index);
              if (having.isEmpty()) {
                values.remove(value);
              }
            });
  }
}
