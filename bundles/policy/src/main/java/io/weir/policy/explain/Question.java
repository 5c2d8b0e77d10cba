package io.weir.policy.explain;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.Identity;
import io.weir.policy.spec.Protocols;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Would this flow pass?
 *
 * @param port destination port; for ICMP and ICMPv6 the type; 0 for protocols without ports
 */
public record Question(Party from, Party to, int protocol, int port) {
  private static final String PARTY =
      "a pod or, with a port of its own, a Service as NAMESPACE/NAME, an address, an identity's"
          + " number, or an entity such as world";

  /** Reads {@code default/xwing}, and a pod or Service as {@code default/deathstar:80/TCP}. */
  public static Question parse(String from, String to, Picture picture) {
    String protocolName = "TCP";
    String rest = to;
    int slash = to.lastIndexOf('/');
    int colon = to.lastIndexOf(':');
    if (slash > colon && colon > 0) {
      protocolName = to.substring(slash + 1).toUpperCase(Locale.ROOT);
      rest = to.substring(0, slash);
    }
    Integer protocol = Protocols.number(protocolName);
    if (protocol == null) {
      throw Problem.of(to, "TCP, UDP, SCTP, ICMP or ICMPV6 as protocol", '"' + protocolName + '"')
          .asException();
    }
    colon = rest.lastIndexOf(':');
    if (colon <= 0) {
      throw Problem.of(to, "TO:PORT/PROTOCOL, for ICMP its type as port", '"' + to + '"')
          .asException();
    }
    String name = rest.substring(0, colon);
    int port = port(rest.substring(colon + 1), to);
    Party asker = party(from, picture);
    if (pod(name, picture).isEmpty()) {
      Optional<Question> behind = throughService(asker, name, protocol, port, picture);
      if (behind.isPresent()) {
        return behind.get();
      }
    }
    return new Question(asker, party(name, picture), protocol, port);
  }

  /** Policy never sees a Service: it is asked about the first backend, on the backend's port. */
  private static Optional<Question> throughService(
      Party from, String name, int protocol, int port, Picture picture) {
    String service = qualified(name);
    List<Frontend> frontends = picture.frontends(service, port, protocol);
    if (frontends.isEmpty()) {
      return Optional.empty();
    }
    Backend backend =
        frontends.stream()
            .flatMap(frontend -> frontend.backends().stream())
            .findFirst()
            .orElseThrow(
                () ->
                    Problem.of(
                            "Service/" + service,
                            "a backend to be asked about",
                            "none that is ready")
                        .remedy("its clients are refused whatever policy says")
                        .asException());
    Party to =
        pod(backend.pod(), picture)
            .or(() -> address(backend.address().toString(), picture))
            .orElseThrow();
    return Optional.of(new Question(from, to, protocol, backend.port()));
  }

  private static int port(String text, String to) {
    if (text.matches("\\d{1,5}") && Integer.parseInt(text) < 65536) {
      return Integer.parseInt(text);
    }
    throw Problem.of(to, "a port from 0 to 65535", '"' + text + '"').asException();
  }

  private static Party party(String name, Picture picture) {
    Optional<Party> found = address(name, picture);
    if (found.isEmpty()) {
      found = pod(name, picture);
    }
    if (found.isEmpty()) {
      found = identity(name, picture);
    }
    return found.orElseThrow(
        () ->
            Problem.of(name, PARTY, '"' + name + "\", which is none that is known here")
                .remedy("list them by weir endpoints and weir identities")
                .asException());
  }

  private static Optional<Party> address(String name, Picture picture) {
    Address address;
    try {
      String bare =
          name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
      address = Address.parse(bare);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    Optional<EndpointPolicy> policy =
        picture.endpoint(address).map(endpoint -> picture.endpointPolicies().get(endpoint.id()));
    return Optional.of(new Party(name, picture.identity(address), policy, List.of(address)));
  }

  /** A pod's name without a namespace is looked for in {@code default}. */
  private static Optional<Party> pod(String name, Picture picture) {
    String full = qualified(name);
    Optional<Endpoint> endpoint =
        picture.endpoints().values().stream()
            .filter(one -> (one.namespace() + "/" + one.pod()).equals(full))
            .findFirst();
    if (endpoint.isEmpty()) {
      return Optional.empty();
    }
    EndpointPolicy policy = picture.endpointPolicies().get(endpoint.get().id());
    if (policy == null) {
      throw Problem.of(full, "a pod whose policy is in force", "one that still waits for it")
          .asException();
    }
    return Optional.of(
        new Party(full, policy.identity(), Optional.of(policy), endpoint.get().addresses()));
  }

  private static String qualified(String name) {
    return name.contains("/") ? name : "default/" + name;
  }

  /** By number or reserved name. What an identity's policy is, an endpoint that has it can tell. */
  private static Optional<Party> identity(String name, Picture picture) {
    return picture.identities().values().stream()
        .filter(
            identity ->
                Integer.toString(identity.number()).equals(name)
                    || identity.labels().firstKey().equals("reserved:" + name))
        .findFirst()
        .map(identity -> new Party(name, identity.number(), anyWith(identity, picture), List.of()));
  }

  private static Optional<EndpointPolicy> anyWith(Identity identity, Picture picture) {
    return picture.endpointPolicies().values().stream()
        .filter(policy -> policy.identity() == identity.number())
        .min(java.util.Comparator.comparingInt(EndpointPolicy::endpoint));
  }
}
