package io.weir.api.row;

import java.util.List;

/**
 * The answer to a claim.
 *
 * @param claim id of the {@link AddressClaim}
 * @param addresses one of each family that is on
 */
public record AddressLease(String claim, List<Address> addresses) {
  public AddressLease {
    addresses = List.copyOf(addresses);
  }
}
