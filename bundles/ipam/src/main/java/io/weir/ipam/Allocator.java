package io.weir.ipam;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.AddressClaim;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Gives addresses of the node's pod CIDRs to claims: a function of the claims and of what was given
 * out before. A claim keeps what it has, whatever becomes of the CIDRs; a new claim gets one
 * address of each CIDR or, if one of them is full, none at all.
 *
 * <p>Never given out: the first address of a block (the network's, or the subnet routers'), the
 * last one of an IPv4 block (broadcast), every address of the node itself, the gateways among them,
 * and for {@link #REST} what was released: peers still hold its neighbour entries and connections.
 */
final class Allocator {
  static final Duration REST = Duration.ofSeconds(60);

  /**
   * @param refused claim id → why it got nothing
   * @param retryAt when a refused claim may have better luck, in nanoseconds of the clock
   */
  record Outcome(Leases leases, SortedMap<String, Problem> refused, OptionalLong retryAt) {}

  private final LocalNode node;
  private final long now;
  private final SortedMap<String, List<Address>> held;
  private final SortedMap<Address, Long> resting;
  private final SortedMap<Leases.Family, Address> last;
  private final Set<Address> taken = new HashSet<>();
  private final Set<Address> reserved = new HashSet<>();

  private Allocator(Leases before, LocalNode node, long now) {
    this.node = node;
    this.now = now;
    this.held = new TreeMap<>(before.held());
    this.resting = new TreeMap<>(before.resting());
    this.last = new TreeMap<>(before.last());
    reserved.addAll(node.addresses());
    reserved.addAll(node.gateways());
  }

  /**
   * @param inUse claim id → addresses that its interface has already: they become its lease if it
   *     has none
   */
  static Outcome next(
      Leases before,
      Collection<AddressClaim> claims,
      Map<String, List<Address>> inUse,
      LocalNode node,
      long nowNanos) {
    return new Allocator(before, node, nowNanos).run(claims, inUse);
  }

  private Outcome run(Collection<AddressClaim> claims, Map<String, List<Address>> inUse) {
    resting.values().removeIf(released -> now - released >= REST.toNanos());
    Set<String> wanted = new HashSet<>();
    claims.forEach(claim -> wanted.add(claim.id()));
    release(wanted);
    inUse.forEach(
        (claim, addresses) -> {
          if (wanted.contains(claim)) {
            held.putIfAbsent(claim, List.copyOf(addresses));
          }
          taken.addAll(addresses);
        });
    held.values().forEach(taken::addAll);

    SortedMap<String, Problem> refused = new TreeMap<>();
    claims.stream()
        .sorted(Comparator.comparing(AddressClaim::id))
        .filter(claim -> !held.containsKey(claim.id()))
        .forEach(claim -> give(claim).ifPresent(why -> refused.put(claim.id(), why)));
    return new Outcome(new Leases(held, resting, last), refused, retryAt(refused));
  }

  private void release(Set<String> wanted) {
    held.entrySet()
        .removeIf(
            lease -> {
              if (wanted.contains(lease.getKey())) {
                return false;
              }
              lease.getValue().forEach(address -> resting.put(address, now));
              return true;
            });
  }

  private Optional<Problem> give(AddressClaim claim) {
    if (node.podCidrs().isEmpty()) {
      return Optional.of(
          new Problem(
              "pod-cidr",
              "a block of addresses for pod " + podOf(claim),
              "none",
              "set pod-cidr, and enable-ipv4 or enable-ipv6"));
    }
    List<Address> found = new ArrayList<>();
    for (Prefix cidr : node.podCidrs()) {
      Optional<Address> free = free(cidr);
      if (free.isEmpty()) {
        return Optional.of(full(cidr, claim));
      }
      found.add(free.get());
    }
    found.forEach(address -> last.put(Leases.Family.of(address), address));
    taken.addAll(found);
    held.put(claim.id(), List.copyOf(found));
    return Optional.empty();
  }

  private Optional<Address> free(Prefix cidr) {
    Address first = cidr.address().plus(1);
    long count = usable(cidr);
    Address previous = last.get(Leases.Family.of(first));
    long start = previous != null && cidr.contains(previous) ? offset(first, previous) + 1 : 0;
    for (long i = 0; i < count; i++) {
      Address address = first.plus((start + i) % count);
      if (!taken.contains(address)
          && !reserved.contains(address)
          && !resting.containsKey(address)) {
        return Optional.of(address);
      }
    }
    return Optional.empty();
  }

  /**
   * Addresses between the block's first one and, for IPv4, its last: what a search goes through.
   */
  private static long usable(Prefix cidr) {
    int bits = Math.min(cidr.address().bits() - cidr.length(), 32);
    long size = 1L << bits;
    return Math.max(0, cidr.address().ipv6() ? size - 1 : size - 2);
  }

  private static long offset(Address from, Address to) {
    return (to.low() - from.low()) & 0xffffffffL;
  }

  private Problem full(Prefix cidr, AddressClaim claim) {
    long inUse = taken.stream().filter(cidr::contains).count();
    long released = resting.keySet().stream().filter(cidr::contains).count();
    String came = inUse + " in use";
    if (released > 0) {
      came += " and " + released + " released less than " + REST.toSeconds() + " s ago";
    }
    return new Problem(
        "pod-cidr " + cidr,
        "a free address for pod " + podOf(claim),
        came,
        "delete pods, or set a larger pod-cidr");
  }

  private OptionalLong retryAt(SortedMap<String, Problem> refused) {
    return refused.isEmpty()
        ? OptionalLong.empty()
        : resting.values().stream().mapToLong(at -> at + REST.toNanos()).min();
  }

  private static String podOf(AddressClaim claim) {
    return claim.namespace() + "/" + claim.pod();
  }
}
