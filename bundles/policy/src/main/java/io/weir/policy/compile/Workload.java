package io.weir.policy.compile;

import io.weir.api.row.Address;
import io.weir.policy.spec.NamedPorts;
import java.util.List;

/** What policies need to know about an endpoint of this node. */
public record Workload(int identity, NamedPorts ports, List<Address> addresses) {
  public Workload {
    addresses = List.copyOf(addresses);
  }
}
