package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.api.row.Identity;
import io.weir.api.row.Prefix;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Blocks of addresses and their identities: the longest block that an address is in has its say.
 */
final class Blocks {
  private final Map<Prefix, Integer> identities = new HashMap<>();

  /** Lengths that occur, and how often; of both families. */
  private final TreeMap<Integer, Integer> lengths = new TreeMap<>();

  /** Empty takes the block away. */
  void set(Prefix block, OptionalInt identity) {
    if (identity.isPresent()) {
      if (identities.put(block, identity.getAsInt()) == null) {
        lengths.merge(block.length(), 1, Integer::sum);
      }
    } else if (identities.remove(block) != null) {
      lengths.computeIfPresent(block.length(), (length, count) -> count == 1 ? null : count - 1);
    }
  }

  /** World where it is in none. */
  int identity(Address address) {
    for (int length : lengths.descendingKeySet()) {
      Integer identity =
          length > address.bits() ? null : identities.get(new Prefix(address, length));
      if (identity != null) {
        return identity;
      }
    }
    return address.ipv6() ? Identity.WORLD_IPV6 : Identity.WORLD_IPV4;
  }
}
