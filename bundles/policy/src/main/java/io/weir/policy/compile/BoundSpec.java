package io.weir.policy.compile;

import io.weir.api.row.Direction;
import io.weir.api.row.ResourceKey;
import io.weir.policy.spec.Spec;
import java.util.List;

/**
 * What a loaded policy says about the endpoints that it selects.
 *
 * @param order of this one among those of its policy
 */
record BoundSpec(ResourceKey policy, int order, Spec spec, List<BoundRule> rules)
    implements Comparable<BoundSpec> {
  /** Whether it says anything about that direction. */
  boolean concerns(Direction direction) {
    return spec.isolates(direction)
        || rules.stream().anyMatch(bound -> bound.rule().direction() == direction);
  }

  @Override
  public int compareTo(BoundSpec other) {
    int byPolicy = policy.compareTo(other.policy);
    return byPolicy != 0 ? byPolicy : Integer.compare(order, other.order);
  }
}
