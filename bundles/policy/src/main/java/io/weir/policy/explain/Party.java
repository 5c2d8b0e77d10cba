package io.weir.policy.explain;

import io.weir.api.row.Address;
import io.weir.api.row.EndpointPolicy;
import java.util.List;
import java.util.Optional;

/**
 * One end of a flow.
 *
 * @param name as it was asked for
 * @param endpoint of this node, if it is one: then its policies have a say
 * @param addresses that are known of it; none of an identity as such
 */
public record Party(
    String name, int identity, Optional<EndpointPolicy> endpoint, List<Address> addresses) {
  public Party {
    addresses = List.copyOf(addresses);
  }
}
