package io.weir.manifests;

import io.weir.api.row.Address;
import io.weir.api.row.Resource;
import io.weir.manifests.schema.Check;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a kind demands beyond the types of its fields. */
final class KindRules {
  static final String SERVICE_NAME = "kubernetes.io/service-name";
  private static final int LONGEST_LABEL = 63;

  private final Check check;
  private final Resource resource;
  private final Map<String, Object> spec;
  private final int line;

  KindRules(Check check, Resource resource, int line) {
    this.check = check;
    this.resource = resource;
    this.spec = Body.fields(resource.body(), "spec");
    this.line = line;
  }

  void check() {
    switch (resource.key().kind()) {
      case "Namespace" -> shortName();
      case "Service" -> service();
      case "Deployment", "ReplicaSet" -> workload();
      case "Pod" -> containers("spec", spec);
      case "EndpointSlice" -> slice();
      case "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy" -> ciliumPolicy();
      default -> {}
    }
  }

  private void refuse(String path, String expected, String came) {
    int at = line;
    for (String p = path; !p.isEmpty(); p = p.substring(0, Math.max(0, cut(p)))) {
      Integer known = resource.origin().lines().get(p);
      if (known != null) {
        at = known;
        break;
      }
    }
    check.refuse(path, at, expected, came);
  }

  private static int cut(String path) {
    return Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
  }

  private void shortName() {
    String name = resource.key().name();
    if (name.length() > LONGEST_LABEL || name.contains(".")) {
      refuse("metadata.name", "a name of at most 63 of a-z, 0-9 and -", '"' + name + '"');
    }
  }

  private void ciliumPolicy() {
    if (!Body.has(resource.body(), "spec") && !Body.has(resource.body(), "specs")) {
      refuse("spec", "spec or specs", "neither");
    }
  }

  private void service() {
    shortName();
    List<Map<String, Object>> ports = Body.structs(spec, "ports");
    Map<String, Integer> names = new HashMap<>();
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < ports.size(); i++) {
      String path = "spec.ports[" + i + "]";
      String name = Body.text(ports.get(i), "name", "");
      if (name.isEmpty() && ports.size() > 1) {
        refuse(path + ".name", "a name, as there are several ports", "nothing");
      }
      Integer twin = name.isEmpty() ? null : names.putIfAbsent(name, i);
      if (twin != null) {
        refuse(path + ".name", "another name than ports[" + twin + "]", '"' + name + '"');
      }
      String number =
          Body.number(ports.get(i), "port", 0) + "/" + Body.text(ports.get(i), "protocol", "TCP");
      twin = numbers.putIfAbsent(number, i);
      if (twin != null) {
        refuse(path + ".port", "another port than ports[" + twin + "]", number);
      }
    }
    boolean external = Body.text(spec, "type", "").equals("ExternalName");
    boolean headless = Body.text(spec, "clusterIP", "").equals("None");
    if (external && Body.text(spec, "externalName", "").isEmpty()) {
      refuse("spec.externalName", "a domain name, for type ExternalName", "nothing");
    }
    if (ports.isEmpty() && !external && !headless) {
      refuse("spec.ports", "at least one port", "none");
    }
    clusterIps();
  }

  private void clusterIps() {
    List<String> all = Body.texts(spec, "clusterIPs");
    String first = Body.text(spec, "clusterIP", "");
    if (!all.isEmpty() && !first.isEmpty() && !first.equals(all.get(0))) {
      refuse("spec.clusterIPs[0]", "the same as clusterIP, " + first, all.get(0));
    }
    Set<Boolean> families = new HashSet<>();
    for (int i = 0; i < all.size(); i++) {
      boolean address = !all.get(i).isEmpty() && !all.get(i).equals("None");
      if (address && !families.add(Address.parse(all.get(i)).ipv6())) {
        refuse("spec.clusterIPs[" + i + "]", "one address of each family", all.get(i));
      }
    }
    List<String> wanted = Body.texts(spec, "ipFamilies");
    if (wanted.size() != Set.copyOf(wanted).size()) {
      refuse("spec.ipFamilies", "each family once", String.join(", ", wanted));
    }
  }

  private void workload() {
    Map<String, Object> template = Body.fields(spec, "template");
    Map<String, Object> selector = Body.fields(spec, "selector");
    Map<String, String> labels = Body.labels(Body.fields(template, "metadata"), "labels");
    if (Body.labels(selector, "matchLabels").isEmpty()
        && Body.list(selector, "matchExpressions").isEmpty()) {
      refuse("spec.selector", "a selector that is not empty", "an empty one");
    } else if (!Selector.matches(selector, labels)) {
      refuse("spec.template.metadata.labels", "labels that spec.selector selects", "others");
    }
    containers("spec.template.spec", Body.fields(template, "spec"));
  }

  private void containers(String path, Map<String, Object> podSpec) {
    List<Map<String, Object>> containers = Body.structs(podSpec, "containers");
    if (containers.isEmpty()) {
      refuse(path + ".containers", "at least one container", "none");
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < containers.size(); i++) {
      String name = Body.text(containers.get(i), "name", "");
      if (!names.add(name)) {
        refuse(
            path + ".containers[" + i + "].name", "each container's name once", '"' + name + '"');
      }
    }
  }

  private void slice() {
    boolean ipv6 = Body.text(resource.body(), "addressType", "").equals("IPv6");
    List<Map<String, Object>> endpoints = Body.structs(resource.body(), "endpoints");
    for (int i = 0; i < endpoints.size(); i++) {
      List<String> addresses = Body.texts(endpoints.get(i), "addresses");
      for (int j = 0; j < addresses.size(); j++) {
        if (Address.parse(addresses.get(j)).ipv6() != ipv6) {
          refuse(
              "endpoints[" + i + "].addresses[" + j + "]",
              "an address of addressType " + (ipv6 ? "IPv6" : "IPv4"),
              addresses.get(j));
        }
      }
    }
    if (!resource.labels().containsKey(SERVICE_NAME)) {
      check.warn("metadata.labels", line, "no label " + SERVICE_NAME + ": it is of no service");
    }
  }
}
