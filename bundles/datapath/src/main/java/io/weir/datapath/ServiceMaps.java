package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.datapath.abi.BackendLayout;
import io.weir.datapath.abi.ServiceKeyLayout;
import io.weir.datapath.abi.ServiceLayout;
import io.weir.linux.BpfMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps {@code services} and {@code backends} as the frontends are. A frontend's backends are a run
 * of the array; other backends are another run, to which the service is led by one write. The old
 * run is given away after the service's revision was raised.
 */
final class ServiceMaps {
  private final Mirror services;
  private final BpfMap backends;
  private final Revisions revisions;
  private final Runs runs;

  /** What is in the kernel: backends by key of {@code services}. */
  private final Map<Bytes, List<Place>> installed = new HashMap<>();

  /** Runs that are given away once revisions have been raised. */
  private final List<Run> leaving = new ArrayList<>();

  /** A backend as the array has it. */
  record Place(Address address, int port, int service) {
    static List<Place> of(Frontend frontend) {
      return frontend.backends().stream()
          .map(backend -> new Place(backend.address(), backend.port(), frontend.serviceId()))
          .toList();
    }

    @Override
    public String toString() {
      return (address.ipv6() ? "[" + address + "]" : address.toString()) + ":" + port;
    }
  }

  private record Run(int base, int length) {}

  ServiceMaps(Kernel kernel, Revisions revisions) {
    services = new Mirror(kernel.map("services"));
    backends = kernel.map("backends");
    this.revisions = revisions;
    runs = new Runs(backends.info().maxEntries());
    services.keys().forEach(this::adopt);
  }

  /** Keys in the kernel that are not among {@code wanted}. */
  Set<Bytes> others(Set<FrontendKey> wanted) {
    Set<Bytes> keys = wanted.stream().map(ServiceMaps::key).collect(Collectors.toSet());
    return installed.keySet().stream()
        .filter(key -> !keys.contains(key))
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Puts a frontend in force.
   *
   * @throws io.weir.api.ProblemException when a map is full; the frontend is then what it was
   */
  void put(Frontend frontend) {
    Bytes key = key(frontend.key());
    List<Place> wanted = Place.of(frontend);
    byte[] before = services.get(key);
    boolean sameService = before != null && ServiceLayout.id(before, 0) == frontend.serviceId();
    if (sameService && wanted.equals(installed.get(key))) {
      return;
    }
    int base = runs.allocate(wanted.size());
    try {
      for (int i = 0; i < wanted.size(); i++) {
        backends.update(Revisions.word(base + i), encode(wanted.get(i)));
      }
      byte[] value = new byte[ServiceLayout.SIZE];
      ServiceLayout.base(value, 0, base);
      ServiceLayout.count(value, 0, wanted.size());
      ServiceLayout.id(value, 0, frontend.serviceId());
      services.put(key, value);
    } catch (RuntimeException e) {
      runs.release(base, wanted.size());
      throw e;
    }
    boolean lost = before != null && !wanted.containsAll(installed.getOrDefault(key, List.of()));
    installed.put(key, wanted);
    if (before != null) {
      leave(before);
      if (lost || !sameService) {
        revisions.raiseService(ServiceLayout.id(before, 0));
      }
    }
  }

  /** All flows of services are decided anew. */
  void raiseAll() {
    services.keys().forEach(key -> revisions.raiseService(ServiceLayout.id(services.get(key), 0)));
  }

  void remove(FrontendKey frontend) {
    remove(key(frontend));
  }

  void remove(Bytes key) {
    byte[] before = services.get(key);
    if (before == null) {
      return;
    }
    services.remove(key);
    installed.remove(key);
    leave(before);
    revisions.raiseService(ServiceLayout.id(before, 0));
  }

  /**
   * To be called when revisions have been raised: runs that nobody reads any more may be used
   * again.
   */
  void flushed() {
    leaving.forEach(run -> runs.release(run.base(), run.length()));
    leaving.clear();
  }

  private void leave(byte[] service) {
    leaving.add(new Run(ServiceLayout.base(service, 0), ServiceLayout.count(service, 0)));
  }

  private void adopt(Bytes key) {
    byte[] service = services.get(key);
    int base = ServiceLayout.base(service, 0);
    int count = ServiceLayout.count(service, 0);
    if (!runs.take(base, count)) {
      services.remove(key); // two services cannot share a run: the row writes it anew
      return;
    }
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      places.add(decode(backends.lookup(Revisions.word(base + i)).orElseThrow()));
    }
    installed.put(key, places);
  }

  static Bytes key(FrontendKey frontend) {
    byte[] key = new byte[ServiceKeyLayout.SIZE];
    ServiceKeyLayout.address(key, 0, frontend.address().mapped());
    ServiceKeyLayout.port(key, 0, frontend.port());
    ServiceKeyLayout.protocol(key, 0, frontend.protocol());
    return new Bytes(key);
  }

  /** A key of {@code services}: {@code 10.96.0.10:53 protocol 17}. */
  static String text(Bytes key) {
    byte[] bytes = key.array();
    Address address = Address.ofMapped(ServiceKeyLayout.address(bytes, 0));
    return "%s:%s protocol %s"
        .formatted(
            address.ipv6() ? "[" + address + "]" : address.toString(),
            ServiceKeyLayout.port(bytes, 0),
            ServiceKeyLayout.protocol(bytes, 0));
  }

  static Place decode(byte[] value) {
    return new Place(
        Address.ofMapped(BackendLayout.address(value, 0)),
        BackendLayout.port(value, 0),
        BackendLayout.service(value, 0));
  }

  private static byte[] encode(Place place) {
    byte[] value = new byte[BackendLayout.SIZE];
    BackendLayout.address(value, 0, place.address().mapped());
    BackendLayout.port(value, 0, place.port());
    BackendLayout.service(value, 0, place.service());
    return value;
  }
}
