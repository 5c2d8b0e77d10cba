package io.weir.manifests;

import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Resource;
import io.weir.api.row.Resource.Origin;
import io.weir.api.row.ResourceKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * EndpointSlices of the services that have a selector. A pod is ready while it has an endpoint on
 * this node. Pods that resolve a named target port to different numbers are in different slices.
 */
final class Slices {
  static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";

  private record Label(String namespace, String key, String value) {}

  private record Ready(Resource pod, Endpoint endpoint) {}

  private final String node;
  private final Map<Label, List<Ready>> byLabel = new HashMap<>();

  Slices(String node, Collection<Resource> pods, Collection<Endpoint> endpoints) {
    this.node = node;
    Map<ResourceKey, Endpoint> byPod = new HashMap<>();
    endpoints.stream()
        .sorted(Comparator.comparingInt(Endpoint::id))
        .forEach(
            endpoint ->
                byPod.putIfAbsent(
                    new ResourceKey("Pod", endpoint.namespace(), endpoint.pod()), endpoint));
    for (Resource pod : pods) {
      Endpoint endpoint = byPod.get(pod.key());
      if (endpoint == null || hasEnded(pod)) {
        continue;
      }
      Ready ready = new Ready(pod, endpoint);
      pod.labels()
          .forEach(
              (key, value) ->
                  byLabel
                      .computeIfAbsent(
                          new Label(pod.key().namespace(), key, value), label -> new ArrayList<>())
                      .add(ready));
    }
  }

  private static boolean hasEnded(Resource pod) {
    String phase = Body.text(Body.fields(pod.body(), "status"), "phase", "");
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  /** The slices of one service, whose families are filled in. */
  List<Resource> of(Resource service) {
    Map<String, Object> spec = Body.fields(service.body(), "spec");
    Map<String, String> selector = Body.labels(spec, "selector");
    if (selector.isEmpty() || Body.text(spec, "type", "").equals("ExternalName")) {
      return List.of();
    }
    List<Resource> slices = new ArrayList<>();
    for (String family : Body.texts(spec, "ipFamilies")) {
      boolean ipv6 = family.equals("IPv6");
      Map<List<Object>, Map<Address, Ready>> byPorts = new LinkedHashMap<>();
      for (Ready ready : selected(service.key().namespace(), selector)) {
        for (Address address : ready.endpoint().addresses()) {
          if (address.ipv6() == ipv6) {
            byPorts
                .computeIfAbsent(ports(spec, ready.pod()), ports -> new TreeMap<>())
                .put(address, ready);
          }
        }
      }
      byPorts.forEach((ports, ready) -> slices.add(slice(service, family, ports, ready)));
    }
    return slices;
  }

  private List<Ready> selected(String namespace, Map<String, String> selector) {
    var first = selector.entrySet().iterator().next();
    return byLabel
        .getOrDefault(new Label(namespace, first.getKey(), first.getValue()), List.of())
        .stream()
        .filter(ready -> ready.pod().labels().entrySet().containsAll(selector.entrySet()))
        .toList();
  }

  /** The service's ports as this pod has them; a named one that it has not is left out. */
  private static List<Object> ports(Map<String, Object> spec, Resource pod) {
    List<Object> ports = new ArrayList<>();
    for (Map<String, Object> port : Body.structs(spec, "ports")) {
      String protocol = Body.text(port, "protocol", "TCP");
      Object target = Body.has(port, "targetPort") ? port.get("targetPort") : port.get("port");
      long number = target instanceof Long given ? given : named(pod, (String) target, protocol);
      if (number != 0) {
        Map<String, Object> resolved = new LinkedHashMap<>();
        resolved.put("name", Body.text(port, "name", ""));
        resolved.put("port", number);
        resolved.put("protocol", protocol);
        if (Body.has(port, "appProtocol")) {
          resolved.put("appProtocol", port.get("appProtocol"));
        }
        ports.add(Collections.unmodifiableMap(resolved));
      }
    }
    return ports;
  }

  private static long named(Resource pod, String name, String protocol) {
    Map<String, Object> spec = Body.fields(pod.body(), "spec");
    for (Map<String, Object> container : Body.structs(spec, "containers")) {
      for (Map<String, Object> port : Body.structs(container, "ports")) {
        if (Body.text(port, "name", "").equals(name)
            && Body.text(port, "protocol", "TCP").equals(protocol)) {
          return Body.number(port, "containerPort", 0);
        }
      }
    }
    return 0;
  }

  private Resource slice(
      Resource service, String family, List<Object> ports, Map<Address, Ready> ready) {
    ResourceKey key = service.key();
    List<Object> endpoints = new ArrayList<>();
    ready.forEach((address, one) -> endpoints.add(endpoint(service, address, one.pod())));
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("metadata", Names.owner(key, service.apiVersion()));
    body.put("addressType", family);
    body.put("endpoints", List.copyOf(endpoints));
    body.put("ports", List.copyOf(ports));
    String suffix = Names.hash(family + Names.canonical(ports), 5);
    return new Resource(
        new ResourceKey("EndpointSlice", key.namespace(), key.name() + "-" + suffix),
        "discovery.k8s.io/v1",
        Map.of(KindRules.SERVICE_NAME, key.name(), MANAGED_BY, "weir"),
        Map.of(),
        body,
        Origin.derived(key.toString()));
  }

  private Map<String, Object> endpoint(Resource service, Address address, Resource pod) {
    Map<String, Object> endpoint = new LinkedHashMap<>();
    endpoint.put("addresses", List.of(address.toString()));
    endpoint.put("conditions", Body.of("ready", true, "serving", true, "terminating", false));
    Map<String, Object> spec = Body.fields(pod.body(), "spec");
    if (Body.has(spec, "hostname")
        && Body.text(spec, "subdomain", "").equals(service.key().name())) {
      endpoint.put("hostname", spec.get("hostname"));
    }
    endpoint.put("nodeName", node);
    endpoint.put(
        "targetRef",
        Body.of("kind", "Pod", "namespace", pod.key().namespace(), "name", pod.key().name()));
    return Collections.unmodifiableMap(endpoint);
  }
}
