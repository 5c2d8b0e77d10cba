package io.weir.manifests;

import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which families a service has, by {@code ipFamilies} and {@code ipFamilyPolicy}, with the defaults
 * of Kubernetes.
 *
 * @param wanted true for IPv6, the first family first
 */
record ServiceFamilies(String policy, List<Boolean> wanted) {

  static ServiceFamilies of(Resource service, List<Prefix> ranges) {
    Map<String, Object> spec = Body.fields(service.body(), "spec");
    List<Boolean> available = ranges.stream().map(range -> range.address().ipv6()).toList();
    List<Boolean> written =
        Body.texts(spec, "ipFamilies").stream().map(family -> family.equals("IPv6")).toList();
    List<Boolean> asked = ClusterIps.explicit(spec).stream().map(Address::ipv6).toList();
    List<Boolean> first = written.isEmpty() ? asked : written;
    if (!written.isEmpty()
        && !written.subList(0, Math.min(written.size(), asked.size())).equals(asked)) {
      throw refusal(service, "spec.clusterIP", "an address of " + names(written), names(asked));
    }
    for (boolean ipv6 : first) {
      if (!available.contains(ipv6)) {
        String path = written.isEmpty() ? "spec.clusterIP" : "spec.ipFamilies";
        throw refusal(service, path, "families of service-cidr: " + names(available), name(ipv6));
      }
    }
    String policy =
        Body.text(spec, "ipFamilyPolicy", first.size() > 1 ? "RequireDualStack" : "SingleStack");
    List<Boolean> wanted = new ArrayList<>(first);
    if (wanted.isEmpty() || !policy.equals("SingleStack")) {
      available.stream().filter(family -> !wanted.contains(family)).forEach(wanted::add);
    }
    if (policy.equals("SingleStack") && first.size() > 1) {
      throw refusal(service, "spec.ipFamilyPolicy", "one family for SingleStack", names(first));
    }
    if (policy.equals("RequireDualStack") && wanted.size() < 2) {
      throw refusal(
          service, "spec.ipFamilyPolicy", "a service-cidr of both families", names(available));
    }
    return new ServiceFamilies(
        policy, policy.equals("SingleStack") ? wanted.subList(0, 1) : List.copyOf(wanted));
  }

  /** The service as Kubernetes would show it. */
  Resource filledIn(Resource service, List<Address> addresses) {
    Map<String, Object> spec = new LinkedHashMap<>(Body.fields(service.body(), "spec"));
    List<String> texts =
        addresses.isEmpty() ? List.of("None") : addresses.stream().map(Address::toString).toList();
    spec.putIfAbsent("type", "ClusterIP");
    spec.put("clusterIP", texts.get(0));
    spec.put("clusterIPs", texts);
    spec.put("ipFamilies", wanted.stream().map(ServiceFamilies::name).toList());
    spec.put("ipFamilyPolicy", policy);
    Map<String, Object> body = new LinkedHashMap<>(service.body());
    body.put("spec", Collections.unmodifiableMap(spec));
    return new Resource(
        service.key(),
        service.apiVersion(),
        service.labels(),
        service.annotations(),
        body,
        service.origin());
  }

  static String name(boolean ipv6) {
    return ipv6 ? "IPv6" : "IPv4";
  }

  private static String names(List<Boolean> families) {
    return families.isEmpty()
        ? "none"
        : families.stream().map(ServiceFamilies::name).collect(Collectors.joining(", "));
  }

  private static ClusterIps.Refusal refusal(
      Resource service, String path, String expected, String came) {
    return new ClusterIps.Refusal(service.problem(path, expected, came));
  }
}
