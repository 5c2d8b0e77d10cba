package io.weir.api.row;

import java.util.List;

/**
 * Who forbids what no rule allows, in the direction of a slot.
 *
 * @param slot of a {@link CompiledPolicy} whose {@code otherwise} is {@code DENY}
 * @param policies in order; {@code Setting//enable-policy} where it is not for a policy
 */
public record Isolation(int slot, List<ResourceKey> policies) {
  public Isolation {
    policies = List.copyOf(policies);
  }
}
