package io.weir.datapath;

import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.api.row.Identity;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.datapath.TestNode.Pod;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compiled policies of pods, their classes numbered as they come. */
final class PodPolicies {
  private int classes;

  CompiledPolicy open(Pod pod, Direction direction) {
    return compiled(pod, direction, PolicyVerdict.ALLOW, false, 0, Map.of());
  }

  /** Denies but for these entries, by identity of the peer; host may always. */
  CompiledPolicy isolated(Pod pod, Direction direction, Map<Integer, List<PolicyEntry>> peers) {
    Map<Integer, List<PolicyEntry>> all = new HashMap<>(peers);
    if (direction == Direction.INGRESS) {
      all.put(
          Identity.HOST,
          List.of(new PolicyEntry(0, 0, 0, PolicyVerdict.ALLOW, TestNode.HOST_RULE)));
    }
    return compiled(pod, direction, PolicyVerdict.DENY, false, 0, all);
  }

  /** Entries of peer 0 are those of {@code defaultClass}. */
  CompiledPolicy compiled(
      Pod pod,
      Direction direction,
      PolicyVerdict otherwise,
      boolean audit,
      int defaultClass,
      Map<Integer, List<PolicyEntry>> peers) {
    Map<Integer, Integer> classOf = new HashMap<>();
    Map<Integer, List<PolicyEntry>> entries = new HashMap<>();
    for (var peer : peers.entrySet()) {
      int number = peer.getKey() == 0 ? defaultClass : 100 + ++classes;
      if (peer.getKey() != 0) {
        classOf.put(peer.getKey(), number);
      }
      entries.put(number, peer.getValue());
    }
    int slot = direction == Direction.EGRESS ? pod.egressSlot() : pod.ingressSlot();
    return new CompiledPolicy(
        slot, direction, pod.identity(), otherwise, audit, defaultClass, classOf, entries);
  }
}
