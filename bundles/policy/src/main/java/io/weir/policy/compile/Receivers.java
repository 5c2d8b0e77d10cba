package io.weir.policy.compile;

import io.weir.api.row.Address;
import io.weir.api.row.Identity;
import io.weir.policy.spec.LabelSet;
import io.weir.policy.spec.NamedPorts;
import io.weir.policy.spec.Peer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What ports are called by those who receive. Pods of one identity mostly agree; what they agree on
 * is the identity's. Where they do not, each pod's own names are found by its address.
 *
 * @param agreed by identity
 * @param unlike pods that say more than their identity does, by address
 */
record Receivers(Map<Integer, NamedPorts> agreed, Map<Address, Peer> unlike) {
  private static final Receivers NONE = new Receivers(Map.of(), Map.of());

  /** Those of {@code workloads}; nobody's, unless some egress rule names a port. */
  static Receivers of(
      Collection<Workload> workloads, Map<Integer, Identity> identities, boolean asked) {
    if (!asked) {
      return NONE;
    }
    Map<Integer, NamedPorts> agreed = new HashMap<>();
    for (Workload workload : workloads) {
      agreed.merge(workload.identity(), workload.ports(), NamedPorts::common);
    }
    Map<Address, Peer> unlike = new HashMap<>();
    for (Workload workload : workloads) {
      Identity identity = identities.get(workload.identity());
      boolean more = !workload.ports().equals(agreed.get(workload.identity()));
      if (identity != null && more) {
        Peer pod = peer(identity, workload.ports());
        workload.addresses().forEach(address -> unlike.put(address, pod));
      }
    }
    return new Receivers(agreed, unlike);
  }

  NamedPorts common(int identity) {
    return agreed.getOrDefault(identity, NamedPorts.NONE);
  }

  static Peer peer(Identity identity, NamedPorts ports) {
    return new Peer(
        identity.number(),
        new LabelSet(identity.labels()),
        Peer.Kind.LABELS,
        Optional.empty(),
        ports,
        Optional.empty());
  }
}
