package io.weir.services;

import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Resource;
import io.weir.api.row.Resource.Origin;
import io.weir.api.row.ResourceKey;
import io.weir.api.table.Change;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Services and slices as {@code manifests} writes them. */
final class Some {
  private Some() {}

  /** Names and values in turn. */
  static Map<String, Object> fields(Object... namesAndValues) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return fields;
  }

  static ResourceKey key(String name) {
    return new ResourceKey("Service", "default", name);
  }

  /** A service in {@code a.yaml}; what its {@code spec} has. */
  static Resource service(String name, Object... spec) {
    return service(name, Map.of(), Map.of(), spec);
  }

  static Resource service(
      String name, Map<String, String> labels, Map<String, String> annotations, Object... spec) {
    return new Resource(
        key(name),
        "v1",
        labels,
        annotations,
        Map.of("spec", fields(spec)),
        new Origin("a.yaml", 3, Map.of()));
  }

  /** One port 80 without a name, at one address. */
  static Resource web(String name, String address) {
    return service(name, "clusterIPs", List.of(address), "ports", List.of(port("", 80, "TCP")));
  }

  static Map<String, Object> port(String name, long number, String protocol) {
    return name.isEmpty()
        ? fields("port", number, "protocol", protocol)
        : fields("name", name, "port", number, "protocol", protocol);
  }

  static Resource slice(String name, String service, List<Object> ports, Object... endpoints) {
    boolean ipv6 = endpoints.length > 0 && endpoints[0].toString().contains("::");
    return new Resource(
        new ResourceKey("EndpointSlice", "default", name),
        "discovery.k8s.io/v1",
        Map.of(Slice.SERVICE_NAME, service),
        Map.of(),
        fields(
            "addressType", ipv6 ? "IPv6" : "IPv4", "endpoints", List.of(endpoints), "ports", ports),
        new Origin("b.yaml", 7, Map.of()));
  }

  /** Of port 8080 without a name. */
  static Resource webSlice(String name, String service, Object... endpoints) {
    return slice(name, service, List.of(port("", 8080, "TCP")), endpoints);
  }

  /** An endpoint of a pod {@code default/POD}; conditions as names and values in turn. */
  static Map<String, Object> endpoint(String address, String pod, Object... conditions) {
    return fields(
        "addresses",
        List.of(address),
        "conditions",
        fields(conditions),
        "targetRef",
        fields("kind", "Pod", "namespace", "default", "name", pod));
  }

  static Map<String, Object> ready(String address, String pod) {
    return endpoint(address, pod, "ready", true, "serving", true, "terminating", false);
  }

  static Map<String, Object> draining(String address, String pod) {
    return endpoint(address, pod, "ready", false, "serving", true, "terminating", true);
  }

  static Map<String, Object> unready(String address, String pod) {
    return endpoint(address, pod, "ready", false, "serving", false, "terminating", false);
  }

  static Backend backend(String address, int port, String pod) {
    return new Backend(Address.parse(address), port, pod);
  }

  static FrontendKey frontend(String address, int port, Protocol protocol) {
    return new FrontendKey(Address.parse(address), port, protocol.number());
  }

  /** What a table tells of rows that are new or other. */
  static List<Change<ResourceKey, Resource>> changes(Resource... rows) {
    List<Change<ResourceKey, Resource>> changes = new ArrayList<>();
    for (Resource row : rows) {
      changes.add(new Change<>(row.key(), Optional.empty(), Optional.of(row), 1));
    }
    return changes;
  }

  static List<Change<ResourceKey, Resource>> gone(Resource row) {
    return List.of(new Change<>(row.key(), Optional.of(row), Optional.empty(), 2));
  }
}
