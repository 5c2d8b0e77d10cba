package io.weir.lab;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which addresses the names of services stand for. A headless service's name stands for its
 * endpoints, as its EndpointSlices have them.
 */
final class ServiceNames {
  /**
   * @param addresses of both families; empty for a headless service
   */
  record Entry(String namespace, String name, boolean headless, List<String> addresses) {
    static Entry parse(JsonObject service) {
      JsonObject metadata = Json.object(service, "metadata");
      JsonObject spec = Json.object(service, "spec");
      List<String> addresses = new ArrayList<>(Json.texts(spec, "clusterIPs"));
      String first = Json.text(spec, "clusterIP");
      if (addresses.isEmpty() && !first.isEmpty()) {
        addresses.add(first);
      }
      boolean headless = addresses.contains("None");
      addresses.removeIf(address -> address.isEmpty() || address.equals("None"));
      return new Entry(
          namespaceOf(metadata), Json.text(metadata, "name"), headless, List.copyOf(addresses));
    }

    String key() {
      return namespace + "/" + name;
    }
  }

  /** Knows nothing yet. */
  static final ServiceNames NONE = new ServiceNames(Map.of());

  private final Map<String, List<String>> addresses;

  private ServiceNames(Map<String, List<String>> addresses) {
    this.addresses = addresses;
  }

  static ServiceNames of(List<JsonObject> services, List<JsonObject> slices) {
    Map<String, List<String>> addresses = new HashMap<>();
    for (JsonObject service : services) {
      Entry entry = Entry.parse(service);
      addresses.put(entry.key(), entry.headless() ? endpoints(entry, slices) : entry.addresses());
    }
    return new ServiceNames(addresses);
  }

  /** Both families' addresses; empty where there is no such service. */
  Optional<List<String>> find(String namespace, String name) {
    return Optional.ofNullable(addresses.get(namespace + "/" + name));
  }

  private static List<String> endpoints(Entry service, List<JsonObject> slices) {
    List<String> found = new ArrayList<>();
    for (JsonObject slice : slices) {
      JsonObject metadata = Json.object(slice, "metadata");
      String of = Json.text(Json.object(metadata, "labels"), "kubernetes.io/service-name");
      if (!of.equals(service.name()) || !namespaceOf(metadata).equals(service.namespace())) {
        continue;
      }
      for (JsonObject endpoint : Json.objects(slice, "endpoints")) {
        boolean ready = !Json.text(Json.object(endpoint, "conditions"), "ready").equals("false");
        if (ready) {
          found.addAll(Json.texts(endpoint, "addresses"));
        }
      }
    }
    return List.copyOf(found);
  }

  static String namespaceOf(JsonObject metadata) {
    String namespace = Json.text(metadata, "namespace");
    return namespace.isEmpty() ? "default" : namespace;
  }
}
