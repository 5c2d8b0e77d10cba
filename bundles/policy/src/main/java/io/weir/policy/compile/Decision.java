package io.weir.policy.compile;

import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a compiled policy says of a new flow, read from the row as the kernel reads it from its
 * maps.
 *
 * @param entry which decided; none where nothing matched and {@code otherwise} stands
 * @param peerClass in which the entry is; 0 for none
 * @param enforced false where the verdict is a denial that is only told
 */
public record Decision(
    PolicyVerdict verdict, Optional<PolicyEntry> entry, int peerClass, boolean enforced) {
  private record Answer(PolicyEntry entry, int peerClass) {}

  /**
   * Decides.
   *
   * @param peer the peer's identity
   * @param managedBlock number of the named block that a pod's or node's address is in, if any
   * @param port destination port; for ICMP and ICMPv6 the type; 0 for protocols without ports
   */
  public static Decision of(
      CompiledPolicy policy, int peer, OptionalInt managedBlock, int protocol, int port) {
    int byIdentity = policy.classes().getOrDefault(peer, policy.defaultClass());
    Answer answer = answer(policy, byIdentity, protocol, port);
    if (managedBlock.isPresent()) {
      Integer byBlock = policy.classes().get(managedBlock.getAsInt());
      Answer second = byBlock == null ? null : answer(policy, byBlock, protocol, port);
      boolean counts =
          second != null
              && (answer == null
                  || answer.entry().verdict() == PolicyVerdict.ALLOW
                      && second.entry().verdict() == PolicyVerdict.DENY);
      answer = counts ? second : answer;
    }
    PolicyVerdict verdict = answer == null ? policy.otherwise() : answer.entry().verdict();
    return new Decision(
        verdict,
        Optional.ofNullable(answer).map(Answer::entry),
        answer == null ? 0 : answer.peerClass(),
        verdict == PolicyVerdict.ALLOW || !policy.audit());
  }

  /** Whether the flow goes on. */
  public boolean passes() {
    return verdict == PolicyVerdict.ALLOW || !enforced;
  }

  /** The longest block of ports, then the protocol, then any protocol. */
  private static Answer answer(CompiledPolicy policy, int peerClass, int protocol, int port) {
    List<PolicyEntry> entries = policy.entries().getOrDefault(peerClass, List.of());
    PolicyEntry best = null;
    for (PolicyEntry entry : entries) {
      if (matches(entry, protocol, port) && (best == null || isLonger(entry, best))) {
        best = entry;
      }
    }
    return best == null ? null : new Answer(best, peerClass);
  }

  private static boolean matches(PolicyEntry entry, int protocol, int port) {
    if (entry.protocol() == PolicyEntry.ANY_PROTOCOL) {
      return true;
    }
    int mask = 0xffff << (16 - entry.portBits()) & 0xffff;
    return entry.protocol() == protocol && (port & mask) == entry.port();
  }

  private static boolean isLonger(PolicyEntry entry, PolicyEntry other) {
    boolean any = other.protocol() == PolicyEntry.ANY_PROTOCOL;
    return any
        || entry.protocol() != PolicyEntry.ANY_PROTOCOL && entry.portBits() > other.portBits();
  }
}
