package io.weir.services;

import io.weir.api.row.Address;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.ArrayList;
import java.util.List;

/**
 * What of a Service makes frontends.
 *
 * @param addresses its ClusterIPs, at most one of each family; none for a headless service, for
 *     ExternalName, and for one that is left to another proxy
 * @param publishesNotReady whether endpoints count as ready that say that they are not
 */
record ServiceSpec(
    ResourceKey key, List<Address> addresses, List<Port> ports, boolean publishesNotReady) {
  /**
   * A service that has this label is for the proxy that it names, and for no other one: <a
   * href="https://kubernetes.io/docs/reference/labels-annotations-taints/">the label's meaning</a>.
   */
  static final String PROXY_NAME = "service.kubernetes.io/service-proxy-name";

  /**
   * One of {@code spec.ports}.
   *
   * @param index its place there
   * @param name empty where it has none
   */
  record Port(int index, String name, int port, Protocol protocol) {}

  static ServiceSpec of(Resource service) {
    Fields spec = Fields.of(service).fields("spec");
    List<Port> ports = new ArrayList<>();
    for (Fields port : spec.structs("ports")) {
      ports.add(
          new Port(ports.size(), port.text("name", ""), port.number("port"), Protocol.of(port)));
    }
    return new ServiceSpec(
        service.key(),
        addresses(service, spec),
        List.copyOf(ports),
        spec.flag("publishNotReadyAddresses", false));
  }

  private static List<Address> addresses(Resource service, Fields spec) {
    if (spec.text("type", "").equals("ExternalName") || service.labels().containsKey(PROXY_NAME)) {
      return List.of();
    }
    List<String> written = spec.texts("clusterIPs");
    return (written.isEmpty() ? List.of(spec.text("clusterIP", "")) : written)
        .stream()
            .filter(text -> !text.isEmpty() && !text.equals("None"))
            .map(Address::parse)
            .toList();
  }
}
