package io.weir.ipam;

import io.weir.api.row.Address;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which addresses are out, and which have come back too lately to be given out again.
 *
 * @param held claim id → its addresses, at most one of each family
 * @param resting released address → when, in nanoseconds of {@link
 *     io.weir.api.Clock#monotonicNanos}
 * @param last family → the address given out last; the search goes on behind it, so that an address
 *     returns as late as possible
 */
record Leases(
    SortedMap<String, List<Address>> held,
    SortedMap<Address, Long> resting,
    SortedMap<Family, Address> last) {
  static final Leases NONE = new Leases(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());

  enum Family {
    IPV4,
    IPV6;

    static Family of(Address address) {
      return address.ipv6() ? IPV6 : IPV4;
    }
  }

  Leases {
    held = Collections.unmodifiableSortedMap(new TreeMap<>(held));
    resting = Collections.unmodifiableSortedMap(new TreeMap<>(resting));
    last = Collections.unmodifiableSortedMap(new TreeMap<>(last));
  }
}
