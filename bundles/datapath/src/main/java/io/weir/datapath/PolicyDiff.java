package io.weir.datapath;

import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Identity;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether a slot's new policy permits all that its old one did. Only then do established flows keep
 * what was decided for them: anything else raises the slot's revision. In doubt the answer is no,
 * which costs each flow of the slot one decision.
 */
final class PolicyDiff {
  private PolicyDiff() {}

  static boolean permitsAllOf(CompiledPolicy before, CompiledPolicy after) {
    if (before.identity() != after.identity() || before.direction() != after.direction()) {
      return false;
    }
    if (before.audit() && !after.audit()) {
      return false;
    }
    if (before.otherwise() == PolicyVerdict.ALLOW && after.otherwise() == PolicyVerdict.DENY) {
      return false;
    }
    Set<Integer> peers = new HashSet<>(before.classes().keySet());
    peers.addAll(after.classes().keySet());
    for (int peer : peers) {
      if (!grows(entries(before, peer), entries(after, peer))) {
        return false;
      }
    }
    return grows(ofClass(before, before.defaultClass()), ofClass(after, after.defaultClass()));
  }

  private static boolean grows(List<PolicyEntry> before, List<PolicyEntry> after) {
    if (before.equals(after)) {
      return true;
    }
    return blocks(after, PolicyVerdict.ALLOW).containsAll(blocks(before, PolicyVerdict.ALLOW))
        && blocks(before, PolicyVerdict.DENY).containsAll(blocks(after, PolicyVerdict.DENY));
  }

  private record Block(int protocol, int port, int bits) {}

  private static Set<Block> blocks(List<PolicyEntry> entries, PolicyVerdict verdict) {
    Set<Block> blocks = new HashSet<>();
    for (PolicyEntry entry : entries) {
      if (entry.verdict() == verdict) {
        blocks.add(new Block(entry.protocol(), entry.port(), entry.portBits()));
      }
    }
    return blocks;
  }

  /**
   * What the kernel finds for a peer: a block that is not named has no say, an identity that is not
   * is of the default class.
   */
  private static List<PolicyEntry> entries(CompiledPolicy policy, int peer) {
    Integer named = policy.classes().get(peer);
    if (named != null) {
      return ofClass(policy, named);
    }
    boolean block = (peer & Identity.SCOPE_MANAGED_BLOCK) != 0;
    return block ? List.of() : ofClass(policy, policy.defaultClass());
  }

  private static List<PolicyEntry> ofClass(CompiledPolicy policy, int number) {
    return policy.entries().getOrDefault(number, List.of());
  }
}
