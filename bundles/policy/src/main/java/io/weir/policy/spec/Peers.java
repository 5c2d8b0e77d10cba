package io.weir.policy.spec;

import java.util.List;

/** Whom a rule is about. */
public sealed interface Peers {
  /** Everyone, known or not. */
  record Everyone() implements Peers {}

  /** Those whom one of the selectors selects; nobody if there is none. */
  record AnyOf(List<PeerSelector> selectors) implements Peers {
    public AnyOf {
      selectors = List.copyOf(selectors);
    }

    /** Whether {@code peer} is one of them. */
    public boolean contains(Peer peer) {
      for (PeerSelector selector : selectors) {
        if (selector.matches(peer)) {
          return true;
        }
      }
      return false;
    }
  }

  Peers EVERYONE = new Everyone();
  Peers NOBODY = new AnyOf(List.of());
}
