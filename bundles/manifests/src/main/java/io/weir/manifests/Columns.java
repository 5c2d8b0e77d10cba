package io.weir.manifests;

import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Resource;
import io.weir.manifests.schema.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Resources as tables, with the columns that kubectl has for each kind. */
final class Columns {
  private static final String NONE = "<none>";

  private final Picture picture;
  private final boolean allNamespaces;
  private final boolean wide;

  Columns(Picture picture, boolean allNamespaces, boolean wide) {
    this.picture = picture;
    this.allNamespaces = allNamespaces;
    this.wide = wide;
  }

  /** One table a kind, with a blank line between. */
  String table(List<Resource> resources) {
    Map<String, List<Map<String, String>>> byKind = new LinkedHashMap<>();
    for (Resource resource : resources) {
      byKind.computeIfAbsent(resource.key().kind(), kind -> new ArrayList<>()).add(row(resource));
    }
    return byKind.values().stream().map(Columns::aligned).collect(Collectors.joining("\n"));
  }

  private Map<String, String> row(Resource resource) {
    Map<String, String> row = new LinkedHashMap<>();
    boolean namespaced = Kind.named(resource.key().kind()).orElseThrow().namespaced();
    if (allNamespaces && namespaced) {
      row.put("NAMESPACE", resource.key().namespace());
    }
    row.put("NAME", resource.key().name());
    Map<String, Object> spec = Body.fields(resource.body(), "spec");
    switch (resource.key().kind()) {
      case "Namespace" -> row.put("STATUS", "Active");
      case "Node" -> node(row, resource, spec);
      case "Pod" -> pod(row, resource, spec);
      case "Service" -> service(row, spec);
      case "Deployment" -> deployment(row, resource, spec);
      case "ReplicaSet" -> replicaSet(row, resource, spec);
      case "EndpointSlice" -> slice(row, resource);
      case "ConfigMap" ->
          row.put("DATA", String.valueOf(Body.fields(resource.body(), "data").size()));
      case "NetworkPolicy" -> {
        row.put("POD-SELECTOR", selector(Body.fields(spec, "podSelector")));
        validity(row, resource);
      }
      default -> validity(row, resource);
    }
    if (wide) {
      row.put("LABELS", labels(resource.labels()));
    }
    return row;
  }

  private void node(Map<String, String> row, Resource node, Map<String, Object> spec) {
    boolean own = picture.node().filter(n -> n.name().equals(node.key().name())).isPresent();
    row.put("STATUS", own ? "Ready" : "Unknown");
    row.put(
        "INTERNAL-IP",
        joined(
            Body.structs(Body.fields(node.body(), "status"), "addresses").stream()
                .filter(address -> Body.text(address, "type", "").equals("InternalIP"))
                .map(address -> Body.text(address, "address", ""))
                .toList()));
    row.put("POD-CIDRS", joined(Body.texts(spec, "podCIDRs")));
  }

  private void pod(Map<String, String> row, Resource pod, Map<String, Object> spec) {
    Endpoint endpoint = picture.endpoint(pod).orElse(null);
    boolean inForce = endpoint != null && picture.isInForce(endpoint);
    int containers = Body.list(spec, "containers").size();
    row.put("READY", (inForce ? containers : 0) + "/" + containers);
    row.put("STATUS", endpoint == null ? "Pending" : inForce ? "Running" : "NotInForce");
    row.put(
        "IP",
        endpoint == null
            ? NONE
            : joined(endpoint.addresses().stream().map(Address::toString).toList()));
    row.put(
        "IDENTITY",
        endpoint == null ? NONE : picture.identity(endpoint).map(String::valueOf).orElse(NONE));
    String here = endpoint == null ? "" : picture.node().map(LocalNode::name).orElse("");
    String node = Body.text(spec, "nodeName", here);
    row.put("NODE", node.isEmpty() ? NONE : node);
  }

  private void service(Map<String, String> row, Map<String, Object> spec) {
    row.put("TYPE", Body.text(spec, "type", "ClusterIP"));
    row.put("CLUSTER-IP", joined(Body.texts(spec, "clusterIPs")));
    String external = Body.text(spec, "externalName", "");
    row.put("EXTERNAL-IP", external.isEmpty() ? joined(Body.texts(spec, "externalIPs")) : external);
    row.put(
        "PORT(S)",
        joined(
            Body.structs(spec, "ports").stream()
                .map(p -> Body.number(p, "port", 0) + "/" + Body.text(p, "protocol", "TCP"))
                .toList()));
    if (wide) {
      row.put("SELECTOR", labels(Body.labels(spec, "selector")));
    }
  }

  private void deployment(Map<String, String> row, Resource deployment, Map<String, Object> spec) {
    long wanted = Body.number(spec, "replicas", 1);
    long ready = picture.sets(deployment).stream().mapToLong(set -> picture.ready(set.key())).sum();
    row.put("READY", ready + "/" + wanted);
    row.put("UP-TO-DATE", String.valueOf(wanted));
    row.put("AVAILABLE", String.valueOf(ready));
    workload(row, spec);
  }

  private void replicaSet(Map<String, String> row, Resource set, Map<String, Object> spec) {
    String wanted = String.valueOf(Body.number(spec, "replicas", 1));
    row.put("DESIRED", wanted);
    row.put("CURRENT", wanted);
    row.put("READY", String.valueOf(picture.ready(set.key())));
    workload(row, spec);
  }

  private void workload(Map<String, String> row, Map<String, Object> spec) {
    if (!wide) {
      return;
    }
    List<Map<String, Object>> containers =
        Body.structs(Body.fields(spec, "template", "spec"), "containers");
    row.put("CONTAINERS", joined(containers.stream().map(c -> Body.text(c, "name", "")).toList()));
    row.put("IMAGES", joined(containers.stream().map(c -> Body.text(c, "image", "")).toList()));
    row.put("SELECTOR", selector(Body.fields(spec, "selector")));
  }

  private static void slice(Map<String, String> row, Resource slice) {
    row.put("ADDRESSTYPE", Body.text(slice.body(), "addressType", ""));
    row.put(
        "PORTS",
        joined(
            Body.structs(slice.body(), "ports").stream()
                .map(port -> String.valueOf(Body.number(port, "port", 0)))
                .toList()));
    row.put(
        "ENDPOINTS",
        joined(
            Body.structs(slice.body(), "endpoints").stream()
                .flatMap(endpoint -> Body.texts(endpoint, "addresses").stream())
                .toList()));
  }

  private void validity(Map<String, String> row, Resource policy) {
    List<String> validity = picture.validity(policy);
    row.put("VALID", validity.get(0));
    if (wide || !validity.get(1).isEmpty()) {
      row.put("PROBLEM", validity.get(1).isEmpty() ? NONE : validity.get(1));
    }
  }

  private static String selector(Map<String, Object> selector) {
    String equal = labels(Body.labels(selector, "matchLabels"));
    int more = Body.list(selector, "matchExpressions").size();
    return more == 0 ? equal : (equal.equals(NONE) ? "" : equal + ",") + more + " expressions";
  }

  private static String labels(Map<String, String> labels) {
    return joined(
        new TreeMap<>(labels)
            .entrySet().stream().map(label -> label.getKey() + "=" + label.getValue()).toList());
  }

  private static String joined(List<String> texts) {
    return texts.isEmpty() ? NONE : String.join(",", texts);
  }

  /** Rows of one kind may have columns that others have not. */
  private static String aligned(List<Map<String, String>> rows) {
    Map<String, Integer> widths = new LinkedHashMap<>();
    for (Map<String, String> row : rows) {
      row.forEach((name, value) -> widths.merge(name, width(name, value), Math::max));
    }
    Map<String, String> head = new LinkedHashMap<>();
    widths.keySet().forEach(name -> head.put(name, name));
    List<Map<String, String>> all = new ArrayList<>(rows);
    all.add(0, head);
    StringBuilder text = new StringBuilder();
    for (Map<String, String> row : all) {
      StringBuilder line = new StringBuilder();
      widths.forEach(
          (name, width) ->
              line.append(("%-" + (width + 3) + "s").formatted(row.getOrDefault(name, ""))));
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static int width(String name, String value) {
    return Math.max(name.length(), value.length());
  }
}
