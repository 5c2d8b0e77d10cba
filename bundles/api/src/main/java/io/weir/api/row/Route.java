package io.weir.api.row;

import java.util.List;

/**
 * A route of the node's main table.
 *
 * @param via the gateway's address; empty for a route to the device itself
 */
public record Route(Prefix prefix, String device, List<Address> via) {
  public Route {
    via = List.copyOf(via);
  }
}
