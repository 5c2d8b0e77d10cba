package io.weir.policy.spec;

import io.weir.api.row.Prefix;
import java.util.List;

/** One of the peers that a rule names. */
public sealed interface PeerSelector {
  boolean matches(Peer peer);

  /** Peers by their labels. */
  record Labelled(LabelSelector selector) implements PeerSelector {
    @Override
    public boolean matches(Peer peer) {
      return peer.kind() != Peer.Kind.MANAGED_BLOCK
          && peer.kind() != Peer.Kind.NODE_BLOCK
          && selector.matches(peer.labels());
    }
  }

  /** Peers by what they are. */
  record Named(Entity entity) implements PeerSelector {
    @Override
    public boolean matches(Peer peer) {
      return entity.contains(peer);
    }
  }

  /**
   * Peers by address: those in {@code block} and in none of {@code except}. Blocks that policies
   * name are peers of their own, so that a peer's block is wholly inside or outside of each.
   *
   * @param reach who is matched beside the outside world
   */
  record InBlock(Prefix block, List<Prefix> except, Reach reach) implements PeerSelector {
    /** Whose addresses a block of a policy speaks of. */
    public enum Reach {
      /** The outside world only. */
      WORLD,
      /** Nodes too. */
      NODES,
      /** Nodes and pods too. */
      ALL
    }

    public InBlock {
      except = List.copyOf(except);
    }

    @Override
    public boolean matches(Peer peer) {
      if (peer.block().isEmpty() || !reaches(peer.kind())) {
        return false;
      }
      Prefix at = peer.block().get();
      return block.contains(at) && except.stream().noneMatch(hole -> hole.contains(at));
    }

    private boolean reaches(Peer.Kind kind) {
      return switch (kind) {
        case LABELS -> false;
        case BLOCK -> true;
        case NODE_BLOCK -> reach != Reach.WORLD;
        case MANAGED_BLOCK -> reach == Reach.ALL;
      };
    }
  }
}
