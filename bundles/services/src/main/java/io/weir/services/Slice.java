package io.weir.services;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What of an EndpointSlice makes backends.
 *
 * @param ipv6 the family of its addresses
 * @param warnings what in it has no effect
 */
record Slice(
    ResourceKey service,
    boolean ipv6,
    List<Port> ports,
    List<Endpoint> endpoints,
    List<Problem> warnings) {
  static final String SERVICE_NAME = "kubernetes.io/service-name";

  /** A port that all endpoints of the slice have. */
  record Port(String name, int port, Protocol protocol) {
    /** The ports of services and of slices belong together by name and protocol. */
    boolean isOf(ServiceSpec.Port wanted) {
      return name.equals(wanted.name()) && protocol == wanted.protocol();
    }
  }

  /**
   * An endpoint.
   *
   * @param ready takes new connections
   * @param draining is going, and would still serve them
   * @param pod {@code namespace/name}, or empty
   */
  record Endpoint(Address address, boolean ready, boolean draining, String pod) {}

  /** Empty for a slice that is of no service, or whose addresses are names. */
  static Optional<Slice> of(Resource slice) {
    String service = slice.labels().getOrDefault(SERVICE_NAME, "");
    Fields body = Fields.of(slice);
    String type = body.text("addressType", "");
    if (service.isEmpty() || !type.equals("IPv4") && !type.equals("IPv6")) {
      return Optional.empty();
    }
    List<Problem> warnings = new ArrayList<>();
    return Optional.of(
        new Slice(
            new ResourceKey("Service", slice.key().namespace(), service),
            type.equals("IPv6"),
            ports(slice, body, warnings),
            endpoints(slice, body, warnings),
            List.copyOf(warnings)));
  }

  boolean has(ServiceSpec.Port wanted) {
    return ports.stream().anyMatch(port -> port.isOf(wanted));
  }

  private static List<Port> ports(Resource slice, Fields body, List<Problem> warnings) {
    List<Port> ports = new ArrayList<>();
    List<Fields> written = body.structs("ports");
    for (int i = 0; i < written.size(); i++) {
      Fields port = written.get(i);
      if (port.number("port") == 0) {
        String where = slice.where("ports[" + i + "]");
        warnings.add(
            Problem.of(where, "no port number: no service leads there").remedy("give it one"));
      } else {
        ports.add(new Port(port.text("name", ""), port.number("port"), Protocol.of(port)));
      }
    }
    return List.copyOf(ports);
  }

  /** Of an endpoint's addresses the first is meant; of others the API says nothing. */
  private static List<Endpoint> endpoints(Resource slice, Fields body, List<Problem> warnings) {
    List<Endpoint> endpoints = new ArrayList<>();
    List<Fields> written = body.structs("endpoints");
    for (int i = 0; i < written.size(); i++) {
      List<String> addresses = written.get(i).texts("addresses");
      if (addresses.size() > 1) {
        warnings.add(
            Problem.of(
                    slice.where("endpoints[" + i + "].addresses[1]"),
                    "only the first address of an endpoint takes connections")
                .remedy("make an endpoint of each"));
      }
      if (!addresses.isEmpty()) {
        endpoints.add(endpoint(slice, written.get(i), Address.parse(addresses.get(0))));
      }
    }
    return List.copyOf(endpoints);
  }

  private static Endpoint endpoint(Resource slice, Fields written, Address address) {
    Fields conditions = written.fields("conditions");
    Fields target = written.fields("targetRef");
    String pod =
        target.text("kind", "").equals("Pod")
            ? target.text("namespace", slice.key().namespace()) + "/" + target.text("name", "")
            : "";
    return new Endpoint(
        address,
        conditions.flag("ready", true),
        conditions.flag("serving", true) && conditions.flag("terminating", false),
        pod);
  }
}
