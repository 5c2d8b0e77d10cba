package io.weir.identity;

import io.weir.api.row.Identity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** The identities whose numbers are fixed. */
final class Reserved {
  private static final Map<Integer, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put(Identity.HOST, "host");
    NAMES.put(Identity.WORLD, "world");
    NAMES.put(Identity.UNMANAGED, "unmanaged");
    NAMES.put(Identity.HEALTH, "health");
    NAMES.put(Identity.INIT, "init");
    NAMES.put(Identity.REMOTE_NODE, "remote-node");
    NAMES.put(Identity.KUBE_APISERVER, "kube-apiserver");
    NAMES.put(Identity.INGRESS, "ingress");
    NAMES.put(Identity.WORLD_IPV4, "world-ipv4");
    NAMES.put(Identity.WORLD_IPV6, "world-ipv6");
  }

  private Reserved() {}

  /**
   * All of them.
   *
   * @param hostServesApi whether the Kubernetes API server runs on this node: then {@code host} has
   *     its label too
   */
  static Map<Integer, Identity> identities(boolean hostServesApi) {
    Map<Integer, Identity> identities = new LinkedHashMap<>();
    NAMES.forEach(
        (number, name) -> {
          TreeMap<String, String> labels = new TreeMap<>();
          labels.put("reserved:" + name, "");
          if (number == Identity.HOST && hostServesApi) {
            labels.put("reserved:" + NAMES.get(Identity.KUBE_APISERVER), "");
          }
          identities.put(number, new Identity(number, labels));
        });
    return identities;
  }
}
