package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.api.row.BlockIdentity;
import io.weir.api.row.Identity;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Whose an address is, where policies name blocks and nodes name addresses: the blocks that
 * policies name and the prefixes of nodes, laid over each other.
 */
final class Blocks {
  /**
   * Always in the map, which knows IPv4 in its mapped form: that lies inside of {@code ::/0}, a
   * block of IPv6 that says nothing of IPv4.
   */
  private static final Prefix EVERY_IPV4 = Prefix.parse("0.0.0.0/0");

  private final Map<Prefix, Integer> blocks = new HashMap<>();
  private final Map<Prefix, Integer> managed = new HashMap<>();

  Blocks(Collection<BlockIdentity> blocks, Collection<PrefixIdentity> prefixes) {
    blocks.forEach(block -> this.blocks.put(block.prefix(), block.identity()));
    prefixes.forEach(prefix -> managed.put(prefix.prefix(), prefix.identity()));
  }

  /** An entry of the map {@code prefixes}; {@code block} is 0 where there is none. */
  record Owned(int identity, int block) {}

  /** Every prefix at which the answer may change, with the answer. */
  Map<Prefix, Owned> prefixes() {
    Map<Prefix, Owned> all = new HashMap<>();
    blocks.keySet().forEach(prefix -> all.put(prefix, at(prefix)));
    managed.keySet().forEach(prefix -> all.put(prefix, at(prefix)));
    all.putIfAbsent(EVERY_IPV4, new Owned(Identity.WORLD_IPV4, 0));
    return all;
  }

  /**
   * The number under which rules that match pods by address know the narrowest block around this
   * one; 0 for none.
   */
  int managedBlock(Address address) {
    return longest(blocks, Prefix.host(address)).map(Blocks::managedNumber).orElse(0);
  }

  private Owned at(Prefix prefix) {
    Optional<Integer> owner = longest(managed, prefix);
    Optional<Integer> block = longest(blocks, prefix);
    return owner
        .map(identity -> new Owned(identity, block.map(Blocks::managedNumber).orElse(0)))
        .orElseGet(() -> new Owned(block.orElseThrow(), 0));
  }

  private static Optional<Integer> longest(Map<Prefix, Integer> map, Prefix prefix) {
    for (int length = prefix.length(); length >= 0 && !map.isEmpty(); length--) {
      Integer found = map.get(new Prefix(prefix.address(), length));
      if (found != null) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  private static int managedNumber(int block) {
    return block - Identity.SCOPE_BLOCK + Identity.SCOPE_MANAGED_BLOCK;
  }
}
