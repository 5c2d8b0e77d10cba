package io.weir.policy.compile;

import io.weir.policy.spec.Peers;
import java.util.BitSet;

/**
 * The peers that a rule names, worked out once for all rules that name them alike, and kept up to
 * date while some compiled policy has such a rule.
 */
final class Selection {
  final Peers.AnyOf peers;
  int holders;
  int users;

  /** Indexes of {@link Universe}; null while there are no users. */
  BitSet members;

  Selection(Peers.AnyOf peers) {
    this.peers = peers;
  }
}
