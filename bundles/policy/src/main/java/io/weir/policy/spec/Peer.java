package io.weir.policy.spec;

import io.weir.api.row.Prefix;
import java.util.Objects;
import java.util.Optional;

/**
 * What the other side of a flow is known as: a number of its own, and what rules may ask about it.
 *
 * @param labels of an identity; empty for the block of a pod or node
 * @param block the address block that the number stands for, if it does
 * @param kind what the number stands for
 * @param ports the named ports that every pod of the identity agrees on
 * @param pod for the block of one pod's address, the pod as it is known by identity
 */
public record Peer(
    int identity,
    LabelSet labels,
    Kind kind,
    Optional<Prefix> block,
    NamedPorts ports,
    Optional<Peer> pod) {
  /** What a number stands for. */
  public enum Kind {
    /** Labels: pods, and the reserved identities. */
    LABELS,
    /** Addresses of the outside world in a block. */
    BLOCK,
    /** Addresses of pods and nodes in a block: asked about beside their identity. */
    MANAGED_BLOCK,
    /** As {@link #MANAGED_BLOCK}, of a node's one address. */
    NODE_BLOCK
  }

  public Peer {
    Objects.requireNonNull(labels);
    Objects.requireNonNull(ports);
  }
}
