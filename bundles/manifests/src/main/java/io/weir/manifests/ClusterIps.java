package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Gives services their addresses. Who has one keeps it; then come those who ask for one by number,
 * then the others. An address is found from the hash of the service's name, so that a service that
 * is made anew has its old one again, and a freed one is not soon another's.
 */
final class ClusterIps {
  /**
   * The outcome.
   *
   * @param held service → its addresses, the first one first; to be persisted before use
   * @param services those that stand, with addresses and families filled in
   * @param refused why others do not; they keep what they had
   */
  record Assignment(
      Map<ResourceKey, List<Address>> held,
      Map<ResourceKey, Resource> services,
      Map<ResourceKey, Problem> refused) {}

  /** Larger blocks are used up to here. */
  private static final int MOST_BITS = 20;

  private final List<Prefix> ranges;
  private final Map<ResourceKey, List<Address>> before;
  private final Map<Address, ResourceKey> holders = new HashMap<>();
  private final Assignment outcome =
      new Assignment(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());

  private ClusterIps(List<Prefix> ranges, Map<ResourceKey, List<Address>> before) {
    this.ranges = ranges;
    this.before = before;
  }

  /**
   * @param ranges at most one block of each family, the preferred family first
   * @param held what services have from before
   */
  static Assignment assign(
      Collection<Resource> services, List<Prefix> ranges, Map<ResourceKey, List<Address>> held) {
    ClusterIps ips = new ClusterIps(ranges, held);
    Comparator<Resource> order =
        Comparator.comparing((Resource service) -> held.containsKey(service.key()) ? 0 : 1)
            .thenComparing(service -> explicit(spec(service)).isEmpty() ? 1 : 0)
            .thenComparing(Resource::key);
    List<Resource> sorted = services.stream().sorted(order).toList();
    for (Resource service : sorted) {
      for (Address address : held.getOrDefault(service.key(), List.of())) {
        ips.holders.put(address, service.key());
      }
    }
    sorted.forEach(ips::assign);
    return ips.outcome;
  }

  private void assign(Resource service) {
    ResourceKey key = service.key();
    Map<String, Object> spec = spec(service);
    if (Body.text(spec, "type", "").equals("ExternalName")) {
      free(key, List.of());
      outcome.services().put(key, service);
      return;
    }
    try {
      ServiceFamilies families = ServiceFamilies.of(service, ranges);
      if (Body.text(spec, "clusterIP", "").equals("None")) {
        free(key, List.of());
        outcome.services().put(key, families.filledIn(service, List.of()));
        return;
      }
      List<Address> addresses = addresses(service, families.wanted());
      free(key, addresses);
      addresses.forEach(address -> holders.put(address, key));
      outcome.held().put(key, addresses);
      outcome.services().put(key, families.filledIn(service, addresses));
    } catch (Refusal e) {
      outcome.refused().put(key, e.problem);
      if (before.containsKey(key)) {
        outcome.held().put(key, before.get(key));
      }
    }
  }

  private List<Address> addresses(Resource service, List<Boolean> families) {
    List<Address> explicit = explicit(spec(service));
    List<Address> held = before.getOrDefault(service.key(), List.of());
    List<Address> addresses = new ArrayList<>();
    for (boolean ipv6 : families) {
      Optional<Address> asked = ofFamily(explicit, ipv6);
      asked.ifPresent(address -> check(service, address, held));
      addresses.add(
          asked.or(() -> ofFamily(held, ipv6)).orElseGet(() -> find(service, rangeOf(ipv6))));
    }
    return addresses;
  }

  private void check(Resource service, Address address, List<Address> held) {
    if (held.contains(address)) {
      return;
    }
    Prefix range = rangeOf(address.ipv6());
    if (!range.contains(address) || address.equals(range.address())) {
      throw new Refusal(
          service.problem(
              "spec.clusterIP", "an address inside service-cidr " + range, address.toString()));
    }
    ResourceKey holder = holders.get(address);
    if (holder != null && !holder.equals(service.key())) {
      throw new Refusal(
          service.problem(
              "spec.clusterIP", "an address that is free", address + ", which " + holder + " has"));
    }
  }

  /** Explicit addresses are mostly low ones, so the lowest are given out last. */
  private Address find(Resource service, Prefix range) {
    int size = 1 << Math.min(MOST_BITS, range.address().bits() - range.length());
    int low = size <= 32 ? 1 : Math.min(Math.max(16, size / 16), 256);
    int high = size - 1 - low;
    long start = Names.number(service.key().toString());
    for (int i = 0; i < high; i++) {
      Address address = range.address().plus(low + (start + i) % high);
      if (!holders.containsKey(address)) {
        return address;
      }
    }
    for (int offset = 1; offset < low && offset < size - 1; offset++) {
      Address address = range.address().plus(offset);
      if (!holders.containsKey(address)) {
        return address;
      }
    }
    throw new Refusal(
        service
            .problem(
                "spec.clusterIP",
                "a free address in service-cidr " + range,
                "all of its " + Math.max(0, size - 2) + " in use")
            .remedy("delete a Service or set a wider service-cidr"));
  }

  private Prefix rangeOf(boolean ipv6) {
    return ranges.stream()
        .filter(range -> range.address().ipv6() == ipv6)
        .findFirst()
        .orElseThrow();
  }

  private void free(ResourceKey key, List<Address> except) {
    for (Address address : before.getOrDefault(key, List.of())) {
      if (!except.contains(address)) {
        holders.remove(address, key);
      }
    }
  }

  private static Optional<Address> ofFamily(List<Address> addresses, boolean ipv6) {
    return addresses.stream().filter(address -> address.ipv6() == ipv6).findFirst();
  }

  /** The addresses that the user wrote. */
  static List<Address> explicit(Map<String, Object> spec) {
    List<String> written = new ArrayList<>(Body.texts(spec, "clusterIPs"));
    if (written.isEmpty()) {
      written.add(Body.text(spec, "clusterIP", ""));
    }
    return written.stream()
        .filter(text -> !text.isEmpty() && !text.equals("None"))
        .map(Address::parse)
        .toList();
  }

  private static Map<String, Object> spec(Resource service) {
    return Body.fields(service.body(), "spec");
  }

  /** Why a service cannot have what it asks for. */
  static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Problem problem;

    Refusal(Problem problem) {
      super(problem.sentence(), null, false, false);
      this.problem = problem;
    }
  }
}
