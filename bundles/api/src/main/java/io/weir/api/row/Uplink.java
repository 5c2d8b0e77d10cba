package io.weir.api.row;

import java.util.List;

/**
 * A device by which packets leave the node, and others come.
 *
 * @param addresses unicast, neither loopback nor link-local, as the kernel lists them: the first of
 *     a family is the one that others see where pods' own are not shown
 */
public record Uplink(String device, int ifindex, List<Address> addresses) {
  public Uplink {
    addresses = List.copyOf(addresses);
  }
}
