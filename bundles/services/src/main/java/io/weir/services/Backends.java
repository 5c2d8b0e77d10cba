package io.weir.services;

import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Chooses who takes new connections: the endpoints that are ready; where none is, those that are
 * going and still serve, so that the last pods of a service answer until they are gone. The choice
 * is made for each port and family on its own.
 */
final class Backends {
  private enum Turn {
    READY,
    DRAINING,
    NEVER
  }

  private record Place(Address address, int port) {}

  private record Candidate(Turn turn, String pod) {}

  private static final Comparator<Place> BY_PLACE =
      Comparator.comparing(Place::address).thenComparing(Place::port);

  private static final Comparator<Candidate> BY_TURN =
      Comparator.comparing(Candidate::turn).thenComparing(Candidate::pod);

  private Backends() {}

  /** Each place once, in the order of addresses and ports, in whatever order the slices come. */
  static List<Backend> of(
      ServiceSpec service, ServiceSpec.Port port, boolean ipv6, Collection<Slice> slices) {
    Map<Place, Candidate> candidates = new TreeMap<>(BY_PLACE);
    for (Slice slice : slices) {
      for (Slice.Port own : slice.ports()) {
        if (slice.ipv6() == ipv6 && own.isOf(port)) {
          for (Slice.Endpoint endpoint : slice.endpoints()) {
            candidates.merge(
                new Place(endpoint.address(), own.port()),
                new Candidate(turn(service, endpoint), endpoint.pod()),
                (one, other) -> BY_TURN.compare(one, other) <= 0 ? one : other);
          }
        }
      }
    }
    List<Backend> ready = those(Turn.READY, candidates);
    return ready.isEmpty() ? those(Turn.DRAINING, candidates) : ready;
  }

  private static Turn turn(ServiceSpec service, Slice.Endpoint endpoint) {
    if (endpoint.ready() || service.publishesNotReady()) {
      return Turn.READY;
    }
    return endpoint.draining() ? Turn.DRAINING : Turn.NEVER;
  }

  private static List<Backend> those(Turn turn, Map<Place, Candidate> candidates) {
    return candidates.entrySet().stream()
        .filter(one -> one.getValue().turn() == turn)
        .map(one -> new Backend(one.getKey().address(), one.getKey().port(), one.getValue().pod()))
        .toList();
  }
}
