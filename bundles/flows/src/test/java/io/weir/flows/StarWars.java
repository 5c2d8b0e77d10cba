package io.weir.flows;

import io.weir.api.Clock;
import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Identity;
import io.weir.api.row.Isolation;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.ResourceKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** Names of a small world: xwing (7), the death star (8), its policy, its service. */
final class StarWars {
  static final Instant BOOT = Instant.parse("2026-11-26T12:00:00Z");
  static final ResourceKey RULE1 = new ResourceKey("CiliumNetworkPolicy", "default", "rule1");
  static final int RULE = 77;
  static final int SERVICE = 9;

  final Names names = new Names();
  long now = 1_000;

  final Clock clock =
      new Clock() {
        @Override
        public long monotonicNanos() {
          return now;
        }

        @Override
        public Instant wall(long nanos) {
          return BOOT.plusNanos(nanos);
        }
      };

  final Enricher enricher = new Enricher(names);

  private final FlowBuffer buffer = new FlowBuffer(4, clock);

  StarWars() {
    names.endpoint(7, Optional.of(endpoint(7, "xwing", "10.0.0.7")), now);
    names.endpoint(8, Optional.of(endpoint(8, "deathstar-xyz", "10.0.0.8")), now);
    names.identity(12345, Optional.of(identity(12345, "k8s:org", "alliance")), now);
    names.identity(23456, Optional.of(identity(23456, "k8s:class", "deathstar")), now);
    names.identity(1, Optional.of(identity(1, "reserved:host", "")), now);
    names.workloads(
        new ResourceKey("Pod", "default", "deathstar-xyz"),
        Optional.of(List.of(new Party.Workload("deathstar", "Deployment"))),
        now);
    names.rule(
        RULE, Optional.of(new PolicyRule(RULE, RULE1, Direction.INGRESS, "ingress[0]")), now);
    names.policy(7, Optional.of(new EndpointPolicy(7, 12345, 1, 2)), now);
    names.policy(8, Optional.of(new EndpointPolicy(8, 23456, 3, 4)), now);
    names.isolation(4, Optional.of(new Isolation(4, List.of(RULE1))), now);
    names.frontend(
        Optional.empty(),
        Optional.of(
            new Frontend(
                new FrontendKey(Address.parse("10.96.0.1"), 80, 6),
                SERVICE,
                new ResourceKey("Service", "default", "deathstar"),
                "",
                List.of())),
        now);
  }

  /** As it is shown when it is read now; it must not wait for its other half. */
  Flow flow(Events events) {
    return flow(events.raw()).orElseThrow();
  }

  /** Nothing where it waits for its other half. */
  Optional<Flow> flow(RawEvent event) {
    enricher.begin(now);
    return enricher.enrich(event) ? Optional.of(shown(event)) : Optional.empty();
  }

  /** Through the buffer. */
  Flow shown(RawEvent event) {
    buffer.begin();
    buffer.add(event);
    buffer.end();
    List<Seen> seen = buffer.all().seen();
    return (Flow) seen.get(seen.size() - 1);
  }

  static Endpoint endpoint(int id, String pod, String address) {
    return new Endpoint(
        id,
        "default",
        pod,
        "c",
        "eth0",
        "h" + id,
        id,
        "02:00:00:00:00:01",
        List.of(Address.parse(address)),
        0);
  }

  private static Identity identity(int number, String key, String value) {
    TreeMap<String, String> labels = new TreeMap<>();
    labels.put(key, value);
    return new Identity(number, labels);
  }
}
