package io.weir.policy.spec;

import io.weir.api.row.Identity;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Peers that have a name instead of labels. {@code all} is no entity here: it is everyone. */
public enum Entity {
  WORLD,
  CLUSTER,
  CLUSTER_MESH,
  HOST,
  INIT,
  INGRESS,
  UNMANAGED,
  REMOTE_NODE,
  HEALTH,
  NONE,
  KUBE_APISERVER;

  static final String ALL = "all";

  /** Names as they are written, {@code all} among them. */
  static String names() {
    return ALL
        + ", "
        + Arrays.stream(values()).map(Entity::written).collect(Collectors.joining(", "));
  }

  static Optional<Entity> of(String name) {
    return Arrays.stream(values()).filter(entity -> entity.written().equals(name)).findFirst();
  }

  /** {@code remote-node}. */
  public String written() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  boolean contains(Peer peer) {
    return switch (this) {
      case WORLD -> has(peer, "world") || has(peer, "world-ipv4") || has(peer, "world-ipv6");
      case CLUSTER, CLUSTER_MESH ->
          isPod(peer)
              || has(peer, "host")
              || has(peer, "remote-node")
              || has(peer, "init")
              || has(peer, "health")
              || has(peer, "ingress")
              || has(peer, "kube-apiserver")
              || has(peer, "unmanaged");
      case NONE -> false;
      default -> has(peer, written());
    };
  }

  private static boolean has(Peer peer, String reserved) {
    return peer.labels().has("reserved:" + reserved);
  }

  private static boolean isPod(Peer peer) {
    return peer.identity() >= Identity.FIRST_POD && peer.identity() < Identity.END_POD;
  }
}
