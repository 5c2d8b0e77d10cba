package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.Identity;
import io.weir.api.row.Isolation;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.Prefix;
import io.weir.api.row.ResourceKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What numbers of events stand for. Told of changes by one thread, asked by another. What is gone
 * is still known for {@link #LINGER}, and of each kind {@link #MOST_GONE} at most.
 */
final class Names {
  static final Duration LINGER = Duration.ofSeconds(30);
  static final int MOST_GONE = 4096;

  private record PartyKey(int endpoint, int identity) {}

  private final Memory<Integer, Endpoint> endpoints = memory();
  private final Memory<Address, Integer> addresses = memory();
  private final Memory<Integer, List<String>> labels = memory();
  private final Memory<Integer, PolicyRule> rules = memory();
  private final Memory<Integer, Isolation> isolations = memory();
  private final Memory<Integer, EndpointPolicy> policies = memory();
  private final Memory<Integer, ResourceKey> services = memory();
  private final Memory<ResourceKey, List<Party.Workload>> workloads = memory();

  /** Host-side interface → endpoint. */
  private final Memory<Integer, Integer> interfaces = memory();

  private final Blocks blocks = new Blocks();

  /** So that flows of one pod share what is said of it. */
  private final Map<PartyKey, Party> parties = new HashMap<>();

  private volatile long version;

  private static <K, V> Memory<K, V> memory() {
    return new Memory<>(LINGER.toNanos(), MOST_GONE);
  }

  synchronized void endpoint(Integer id, Optional<Endpoint> row, long now) {
    endpoints
        .get(id, now)
        .ifPresent(
            before ->
                before.addresses().stream()
                    .filter(
                        address ->
                            addresses
                                .get(address, now)
                                .filter(other -> other.equals(id))
                                .isPresent())
                    .forEach(address -> addresses.remove(address, now)));
    endpoints
        .get(id, now)
        .filter(before -> interfaces.get(before.hostIfindex(), now).equals(Optional.of(id)))
        .ifPresent(before -> interfaces.remove(before.hostIfindex(), now));
    set(endpoints, id, row, now);
    row.ifPresent(
        endpoint -> {
          endpoint.addresses().forEach(address -> addresses.put(address, id));
          interfaces.put(endpoint.hostIfindex(), id);
        });
  }

  synchronized void identity(int number, Optional<Identity> row, long now) {
    set(labels, number, row.map(Names::texts), now);
  }

  synchronized void rule(int id, Optional<PolicyRule> row, long now) {
    set(rules, id, row, now);
  }

  synchronized void isolation(int slot, Optional<Isolation> row, long now) {
    set(isolations, slot, row, now);
  }

  synchronized void policy(int endpoint, Optional<EndpointPolicy> row, long now) {
    set(policies, endpoint, row, now);
  }

  /** The identity of what is in a block, where nothing says more exactly. */
  synchronized void block(Prefix block, OptionalInt identity) {
    changed();
    blocks.set(block, identity);
  }

  synchronized void frontend(Optional<Frontend> before, Optional<Frontend> after, long now) {
    changed();
    before.ifPresent(frontend -> services.remove(frontend.serviceId(), now));
    after.ifPresent(frontend -> services.put(frontend.serviceId(), frontend.service()));
  }

  synchronized void workloads(ResourceKey pod, Optional<List<Party.Workload>> row, long now) {
    set(workloads, pod, row, now);
  }

  private <K, V> void set(Memory<K, V> memory, K key, Optional<V> value, long now) {
    changed();
    if (value.isPresent()) {
      memory.put(key, value.get());
    } else {
      memory.remove(key, now);
    }
  }

  private void changed() {
    parties.clear();
    version++;
  }

  /** Another number once anything has changed. */
  long version() {
    return version;
  }

  /**
   * Who has this endpoint or, where the kernel named none, this address.
   *
   * @param address empty where it is not to be believed
   */
  synchronized Party party(int endpoint, int identity, Optional<Address> address, long now) {
    int id =
        endpoint != 0 ? endpoint : address.flatMap(known -> addresses.get(known, now)).orElse(0);
    PartyKey key = new PartyKey(id, identity);
    Party found = make(key, now);
    Party known = parties.get(key);
    if (found.equals(known)) {
      return known;
    }
    if (parties.size() >= MOST_GONE) {
      parties.clear();
    }
    parties.put(key, found);
    return found;
  }

  /** Who is behind a host-side interface. */
  synchronized Party behind(int ifindex, long now) {
    int id = interfaces.get(ifindex, now).orElse(0);
    int identity = policies.get(id, now).map(EndpointPolicy::identity).orElse(0);
    return party(id, identity, Optional.empty(), now);
  }

  /** Of an address of which no event has told it: the pod's, the block's, or world. */
  synchronized int identity(Address address, long now) {
    return addresses
        .get(address, now)
        .flatMap(id -> policies.get(id, now))
        .map(EndpointPolicy::identity)
        .orElseGet(() -> blocks.identity(address));
  }

  private Party make(PartyKey key, long now) {
    Optional<Endpoint> endpoint = endpoints.get(key.endpoint, now);
    String namespace = endpoint.map(Endpoint::namespace).orElse("");
    String pod = endpoint.map(Endpoint::pod).orElse("");
    return new Party(
        key.endpoint,
        key.identity,
        namespace,
        pod,
        labels.get(key.identity, now).orElse(List.of()),
        workloads.get(new ResourceKey("Pod", namespace, pod), now).orElse(List.of()),
        endpoint.map(row -> new Party.Device(row.hostIfindex(), row.hostInterface())));
  }

  synchronized Optional<ResourceKey> service(int id, long now) {
    return id == 0 ? Optional.empty() : services.get(id, now);
  }

  synchronized Optional<PolicyRule> rule(int id, long now) {
    return id == 0 ? Optional.empty() : rules.get(id, now);
  }

  /** Who forbids what no rule allows. */
  synchronized List<ResourceKey> isolating(int endpoint, Direction direction, long now) {
    return policies
        .get(endpoint, now)
        .map(policy -> direction == Direction.EGRESS ? policy.egressSlot() : policy.ingressSlot())
        .flatMap(slot -> isolations.get(slot, now))
        .map(Isolation::policies)
        .orElse(List.of());
  }

  private static List<String> texts(Identity identity) {
    return identity.labels().entrySet().stream()
        .map(label -> label.getKey() + (label.getValue().isEmpty() ? "" : "=" + label.getValue()))
        .toList();
  }
}
