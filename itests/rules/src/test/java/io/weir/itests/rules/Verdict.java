package io.weir.itests.rules;

import io.weir.api.row.Direction;
import io.weir.api.row.PolicyRule;
import io.weir.datapath.abi.Abi;
import java.util.Optional;

/**
 * What became of a packet.
 *
 * @param code the program's result
 * @param event what was told of it
 */
record Verdict(int code, Event event) {
  private static final int TC_ACT_OK = 0;
  private static final int TC_ACT_SHOT = 2;
  private static final int TC_ACT_REDIRECT = 7;

  /**
   * The event of a flow's first packet.
   *
   * @param reason of a drop; 0 where it was let through
   * @param egress the rule that decided for the sender
   * @param ingress the rule that decided for the receiver
   */
  record Event(
      int reason,
      int flags,
      int sourceIdentity,
      int destinationIdentity,
      int destinationPort,
      Optional<PolicyRule> egress,
      Optional<PolicyRule> ingress) {}

  boolean passes() {
    return passes(code);
  }

  /** Whether a result of a program lets the packet go on: up the stack, or to a pod. */
  static boolean passes(int code) {
    if (code != TC_ACT_OK && code != TC_ACT_SHOT && code != TC_ACT_REDIRECT) {
      throw new AssertionError("a program answers " + code);
    }
    return code != TC_ACT_SHOT;
  }

  /** The one whose policy denies. */
  Optional<Direction> deniedAt() {
    if ((event.flags() & Abi.EVENT_DENIED_EGRESS) != 0) {
      return Optional.of(Direction.EGRESS);
    }
    return (event.flags() & Abi.EVENT_DENIED_INGRESS) != 0
        ? Optional.of(Direction.INGRESS)
        : Optional.empty();
  }

  /** {@code NetworkPolicy/default/web ingress[0]}; empty where no rule decided. */
  String rule(Direction direction) {
    return (direction == Direction.EGRESS ? event.egress() : event.ingress())
        .map(rule -> rule.policy() + " " + rule.section())
        .orElse("");
  }
}
