package io.weir.cni;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The result of ADD, in the form of the version that was asked for. */
final class CniResult {
  private static final int POD_INTERFACE = 1;

  private CniResult() {}

  static JsonObject json(CniRequest request, Endpoint endpoint, LocalNode node, int mtu) {
    String version = request.configuration().cniVersion();
    JsonArray interfaces = new JsonArray();
    interfaces.add(
        device(version, endpoint.hostInterface(), node.hostMac(), mtu, Optional.empty()));
    interfaces.add(
        device(
            version, endpoint.interfaceName(), endpoint.mac(), mtu, Optional.of(request.netns())));
    JsonArray ips = new JsonArray();
    JsonArray routes = new JsonArray();
    for (Address address : endpoint.addresses()) {
      JsonObject ip = new JsonObject();
      if (CniVersion.namesFamily(version)) {
        ip.addProperty("version", address.ipv6() ? "6" : "4");
      }
      ip.addProperty("interface", POD_INTERFACE);
      ip.addProperty("address", Prefix.host(address).toString());
      JsonObject route = new JsonObject();
      route.addProperty("dst", address.ipv6() ? "::/0" : "0.0.0.0/0");
      gateway(node, address.ipv6())
          .ifPresent(
              gateway -> {
                ip.addProperty("gateway", gateway.toString());
                route.addProperty("gw", gateway.toString());
              });
      ips.add(ip);
      routes.add(route);
    }
    JsonObject result = new JsonObject();
    result.addProperty("cniVersion", version);
    result.add("interfaces", interfaces);
    result.add("ips", ips);
    result.add("routes", routes);
    result.add("dns", request.configuration().dns().orElseGet(JsonObject::new));
    return result;
  }

  /**
   * Where the result that ADD gave then, as the runtime kept it, is not what the endpoint is now.
   */
  static Optional<Problem> difference(JsonObject previous, Endpoint endpoint) {
    Set<String> expected = new TreeSet<>(ofAddresses(previous, "address"));
    Set<String> came = new TreeSet<>();
    endpoint.addresses().forEach(address -> came.add(Prefix.host(address).toString()));
    return expected.equals(came)
        ? Optional.empty()
        : Optional.of(
            Problem.of(
                "endpoint %s (%s/%s): addresses"
                    .formatted(endpoint.id(), endpoint.namespace(), endpoint.pod()),
                String.join(", ", expected),
                String.join(", ", came)));
  }

  /**
   * Those that {@code previous} tells the pod.
   *
   * @throws CniError when one is no address
   */
  static List<Address> gateways(JsonObject previous) {
    try {
      return ofAddresses(previous, "gateway").stream().map(Address::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new CniError(
          CniError.UNDECODABLE,
          Problem.of(
              "network configuration: prevResult.ips", "addresses as gateways", e.getMessage()),
          e);
    }
  }

  private static List<String> ofAddresses(JsonObject previous, String field) {
    List<String> texts = new ArrayList<>();
    if (previous.get("ips") instanceof JsonArray ips) {
      for (JsonElement ip : ips) {
        if (ip instanceof JsonObject object
            && object.get(field) instanceof JsonPrimitive text
            && text.isString()) {
          texts.add(text.getAsString());
        }
      }
    }
    return texts;
  }

  static Optional<Address> gateway(LocalNode node, boolean ipv6) {
    return node.gateways().stream().filter(gateway -> gateway.ipv6() == ipv6).findFirst();
  }

  private static JsonObject device(
      String version, String name, String mac, int mtu, Optional<String> sandbox) {
    JsonObject device = new JsonObject();
    device.addProperty("name", name);
    device.addProperty("mac", mac);
    if (CniVersion.tellsMtu(version)) {
      device.addProperty("mtu", mtu);
    }
    sandbox.ifPresent(path -> device.addProperty("sandbox", path));
    return device;
  }
}
