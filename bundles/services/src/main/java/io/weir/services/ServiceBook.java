package io.weir.services;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.table.Change;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The services and slices that there are; what of it has changed is worked out anew. */
final class ServiceBook {
  /**
   * A service worked out.
   *
   * @param drafts its frontends
   * @param warnings what of it has no effect
   */
  record Standing(Resource written, List<Draft> drafts, List<Problem> warnings) {}

  private final Map<ResourceKey, Resource> services = new HashMap<>();
  private final Map<ResourceKey, Slice> slices = new HashMap<>();

  /** Service → slice → what it says. */
  private final Map<ResourceKey, Map<ResourceKey, Slice>> slicesOf = new HashMap<>();

  private final TreeMap<ResourceKey, Standing> standings = new TreeMap<>();
  private final Set<ResourceKey> touched = new HashSet<>();

  /** Whether any of the changes is about services or their slices; the same again is harmless. */
  boolean apply(List<Change<ResourceKey, Resource>> changes) {
    boolean any = false;
    for (Change<ResourceKey, Resource> change : changes) {
      switch (change.key().kind()) {
        case "Service" -> service(change.key(), change.after());
        case "EndpointSlice" -> slice(change.key(), change.after().flatMap(Slice::of));
        default -> {
          continue;
        }
      }
      any = true;
    }
    return any;
  }

  /** Every service, by key. */
  SortedMap<ResourceKey, Standing> standings() {
    for (ResourceKey key : touched) {
      Resource service = services.get(key);
      if (service == null) {
        standings.remove(key);
      } else {
        standings.put(key, standing(service, slicesOf.getOrDefault(key, Map.of()).values()));
      }
    }
    touched.clear();
    return Collections.unmodifiableSortedMap(standings);
  }

  /** Slices of which a part has no effect. */
  Map<ResourceKey, List<Problem>> sliceWarnings() {
    Map<ResourceKey, List<Problem>> warnings = new TreeMap<>();
    slices.forEach(
        (key, slice) -> {
          if (!slice.warnings().isEmpty()) {
            warnings.put(key, slice.warnings());
          }
        });
    return warnings;
  }

  private void service(ResourceKey key, Optional<Resource> now) {
    touched.add(key);
    now.ifPresentOrElse(service -> services.put(key, service), () -> services.remove(key));
  }

  private void slice(ResourceKey key, Optional<Slice> now) {
    Slice before = slices.remove(key);
    if (before != null) {
      touched.add(before.service());
      Map<ResourceKey, Slice> others = slicesOf.get(before.service());
      others.remove(key);
      if (others.isEmpty()) {
        slicesOf.remove(before.service());
      }
    }
    now.ifPresent(
        slice -> {
          touched.add(slice.service());
          slices.put(key, slice);
          slicesOf.computeIfAbsent(slice.service(), service -> new HashMap<>()).put(key, slice);
        });
  }

  private static Standing standing(Resource service, Collection<Slice> slices) {
    ServiceSpec spec = ServiceSpec.of(service);
    List<Draft> drafts = new ArrayList<>();
    List<Problem> warnings = new ArrayList<>(NoEffect.of(service));
    for (ServiceSpec.Port port : spec.ports()) {
      if (spec.addresses().isEmpty() || !port.protocol().isBalanced()) {
        continue;
      }
      for (Address address : spec.addresses()) {
        drafts.add(
            new Draft(
                new Draft.Claim(
                    new FrontendKey(address, port.port(), port.protocol().number()), spec.key()),
                port.name(),
                Backends.of(spec, port, address.ipv6(), slices)));
      }
      if (isMissing(port, slices)) {
        warnings.add(missing(service, port));
      }
    }
    return new Standing(service, List.copyOf(drafts), List.copyOf(warnings));
  }

  /** Whether there are endpoints, and none of them has the port. */
  private static boolean isMissing(ServiceSpec.Port port, Collection<Slice> slices) {
    return slices.stream().anyMatch(slice -> !slice.endpoints().isEmpty())
        && slices.stream().noneMatch(slice -> slice.has(port));
  }

  private static Problem missing(Resource service, ServiceSpec.Port port) {
    String name = port.name().isEmpty() ? "without a name" : "named " + port.name();
    return Problem.of(
            service.where("spec.ports[" + port.index() + "]"),
            "its endpoints have no %s port %s: clients are refused"
                .formatted(port.protocol(), name))
        .remedy("compare targetPort with the pods' ports, or the names of ports in EndpointSlices");
  }
}
