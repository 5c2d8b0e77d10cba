package io.weir.policy.spec;

import io.weir.api.Problem;
import io.weir.api.row.ResourceKey;
import java.util.List;

/**
 * A policy as it can be enforced.
 *
 * @param specs one for {@code spec}, and one for each of {@code specs}
 * @param warnings what is accepted but has no effect
 */
public record Policy(ResourceKey key, List<Spec> specs, List<Problem> warnings) {
  public Policy {
    specs = List.copyOf(specs);
    warnings = List.copyOf(warnings);
  }
}
