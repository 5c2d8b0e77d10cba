package io.weir.policy.spec;

import io.weir.api.row.Direction;
import io.weir.api.row.Identity;
import java.util.List;

/**
 * What a policy says about the endpoints that it selects.
 *
 * @param isolatesIngress whether what no rule allows is forbidden
 */
public record Spec(
    LabelSelector subject, boolean isolatesIngress, boolean isolatesEgress, List<Rule> rules) {
  public Spec {
    rules = List.copyOf(rules);
  }

  /**
   * Whether it is about endpoints of this identity. Endpoints whose labels are not known yet are
   * meant only where {@code reserved:init} is written.
   */
  public boolean selects(int identity, LabelSet labels) {
    return subject.matches(labels)
        && (identity != Identity.INIT || subject.demands(LabelSelector.INIT));
  }

  /** Whether what no rule allows is forbidden in {@code direction}. */
  public boolean isolates(Direction direction) {
    return direction == Direction.INGRESS ? isolatesIngress : isolatesEgress;
  }
}
