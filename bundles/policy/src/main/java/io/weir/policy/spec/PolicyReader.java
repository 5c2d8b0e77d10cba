package io.weir.policy.spec;

import io.weir.api.row.Resource;
import java.util.Set;

/**
 * Reads policies strictly: an unknown field, a wrong type, or a part that cannot be enforced yet
 * refuses the policy as a whole, by a {@link io.weir.api.ProblemException} that names the place.
 */
public final class PolicyReader {
  /** The kinds of resources that are policies. */
  public static final Set<String> KINDS =
      Set.of("NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy");

  private PolicyReader() {}

  /**
   * The policy that {@code resource} describes.
   *
   * @param cidrsMatchNodes whether the address blocks of Cilium's kinds are about nodes too
   */
  public static Policy read(Resource resource, boolean cidrsMatchNodes) {
    return resource.key().kind().equals("NetworkPolicy")
        ? NetworkPolicyReader.read(resource)
        : CiliumPolicyReader.read(resource, cidrsMatchNodes);
  }
}
