package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.Identity;
import io.weir.api.row.Isolation;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.ResourceKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  /** Made anew after each change: parties are few and flows many. */
  private final Map<PartyKey, Party> parties = new HashMap<>();

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
    set(endpoints, id, row, now);
    row.ifPresent(endpoint -> endpoint.addresses().forEach(address -> addresses.put(address, id)));
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

  synchronized void frontend(Optional<Frontend> before, Optional<Frontend> after, long now) {
    before.ifPresent(frontend -> services.remove(frontend.serviceId(), now));
    after.ifPresent(frontend -> services.put(frontend.serviceId(), frontend.service()));
  }

  synchronized void workloads(ResourceKey pod, Optional<List<Party.Workload>> row, long now) {
    set(workloads, pod, row, now);
  }

  private <K, V> void set(Memory<K, V> memory, K key, Optional<V> value, long now) {
    parties.clear();
    if (value.isPresent()) {
      memory.put(key, value.get());
    } else {
      memory.remove(key, now);
    }
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
    Party known = parties.get(key);
    if (known == null) {
      known = make(key, now);
      if (parties.size() >= MOST_GONE) {
        parties.clear();
      }
      parties.put(key, known);
    }
    return known;
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
        workloads.get(new ResourceKey("Pod", namespace, pod), now).orElse(List.of()));
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
