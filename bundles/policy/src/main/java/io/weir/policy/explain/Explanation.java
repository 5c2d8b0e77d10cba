package io.weir.policy.explain;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.PolicyVerdict;
import io.weir.policy.compile.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Why a flow passes, or does not: what the sender's egress policy says, then what the receiver's
 * ingress policy says, read from the rows that the kernel's maps mirror.
 *
 * @param passes whether all who have a say let it pass
 * @param sides those who have a say: at most one of each direction
 */
public record Explanation(boolean passes, List<Side> sides) {
  /**
   * What one policy says.
   *
   * @param owner the party whose policy it is
   * @param slot of the compiled policy
   * @param rule the rule that decided; none where the direction is not isolated, or no rule allows
   */
  public record Side(
      Direction direction,
      Party owner,
      int slot,
      PolicyVerdict otherwise,
      Decision decision,
      Optional<PolicyRule> rule) {
    /** In words. */
    public String reason() {
      if (rule.isPresent()) {
        return decision.verdict() == PolicyVerdict.ALLOW ? "a rule allows it" : "a rule denies it";
      }
      return otherwise == PolicyVerdict.ALLOW
          ? "no policy isolates this direction"
          : "no rule allows it";
    }
  }

  public Explanation {
    sides = List.copyOf(sides);
  }

  /**
   * Answers {@code question}; of parties with several addresses, by the first that both can use.
   */
  public static Explanation of(Question question, Picture picture) {
    Party from = question.from();
    Party to = question.to();
    List<Side> sides = new ArrayList<>();
    boolean itself = from.endpoint().isPresent() && isSame(from, to);
    if (!itself) {
      boolean ipv6 = ipv6(from, to);
      side(question, Direction.EGRESS, from, to, ipv6, picture).ifPresent(sides::add);
      side(question, Direction.INGRESS, to, from, ipv6, picture).ifPresent(sides::add);
    }
    return new Explanation(sides.stream().allMatch(side -> side.decision().passes()), sides);
  }

  /** A pod is never kept from itself. */
  private static boolean isSame(Party from, Party to) {
    return !from.addresses().isEmpty()
        && from.endpoint().equals(to.endpoint())
        && !to.addresses().isEmpty();
  }

  private static Optional<Side> side(
      Question question,
      Direction direction,
      Party owner,
      Party peer,
      boolean ipv6,
      Picture picture) {
    Optional<EndpointPolicy> endpoint = owner.endpoint();
    if (endpoint.isEmpty()) {
      return Optional.empty();
    }
    int slot =
        direction == Direction.EGRESS ? endpoint.get().egressSlot() : endpoint.get().ingressSlot();
    CompiledPolicy policy = picture.compiled().get(slot);
    if (policy == null) {
      throw Problem.of(owner.name(), "a compiled policy in slot " + slot, "none")
          .remedy("see weir reconcile")
          .asException();
    }
    OptionalInt block = address(peer, ipv6).map(picture::managedBlock).orElse(OptionalInt.empty());
    Decision decision =
        Decision.of(policy, peer.identity(), block, question.protocol(), question.port());
    Optional<PolicyRule> rule = decision.entry().map(entry -> picture.rules().get(entry.rule()));
    return Optional.of(new Side(direction, owner, slot, policy.otherwise(), decision, rule));
  }

  private static boolean ipv6(Party from, Party to) {
    boolean four = has(from, false) && has(to, false);
    return !four && has(from, true) && has(to, true);
  }

  private static boolean has(Party party, boolean ipv6) {
    return party.addresses().isEmpty() || address(party, ipv6).isPresent();
  }

  private static Optional<Address> address(Party party, boolean ipv6) {
    return party.addresses().stream().filter(address -> address.ipv6() == ipv6).findFirst();
  }
}
