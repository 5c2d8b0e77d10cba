package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.ConfigLayout;
import io.weir.datapath.abi.EndpointLayout;
import io.weir.datapath.abi.MasqueradeLayout;
import io.weir.datapath.abi.NetnsLayout;
import io.weir.datapath.abi.PolicyClassKeyLayout;
import io.weir.datapath.abi.PolicyClassLayout;
import io.weir.datapath.abi.PolicyRuleKeyLayout;
import io.weir.datapath.abi.PolicyRuleLayout;
import io.weir.datapath.abi.PolicySlotLayout;
import io.weir.datapath.abi.PrefixKeyLayout;
import io.weir.datapath.abi.PrefixValueLayout;
import io.weir.datapath.abi.UplinkLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** Entries of the mirrored maps in the words of the field. */
final class EntryText {
  private static final HexFormat MAC = HexFormat.ofDelimiter(":");
  private static final int MAPPED_BITS = 96;

  private final Map<Integer, String> devices = new HashMap<>();
  private final Map<Address, String> pods = new HashMap<>();

  /** With the names of pods and uplinks. */
  EntryText(WantedMaps wanted) {
    wanted
        .endpoints()
        .forEach(
            endpoint -> {
              String name = endpoint.namespace() + "/" + endpoint.pod();
              devices.put(endpoint.hostIfindex(), name);
              endpoint.addresses().forEach(address -> pods.put(address, name));
            });
    wanted.uplinks().forEach(uplink -> devices.put(uplink.ifindex(), uplink.device()));
  }

  /** {@code endpoints ifindex 12 (default/web)}. */
  String key(String map, Bytes key) {
    byte[] bytes = key.array();
    return map
        + switch (map) {
          case "endpoints", "uplinks" -> " " + device(Revisions.number(bytes));
          case "addresses" -> {
            Address address = Address.ofMapped(bytes);
            yield " " + address + named(pods.get(address));
          }
          case "prefixes", "unmasqueraded" -> " " + prefix(bytes);
          case "netns" ->
              " cookie " + ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong();
          case "policy_slots" -> " slot " + Revisions.number(bytes);
          case "policy_classes" ->
              " slot %s peer %s"
                  .formatted(
                      PolicyClassKeyLayout.slot(bytes, 0),
                      Integer.toUnsignedString(PolicyClassKeyLayout.identity(bytes, 0)));
          case "policy_rules" ->
              " slot %s class %s protocol %s port %s/%s"
                  .formatted(
                      PolicyRuleKeyLayout.slot(bytes, 0),
                      PolicyRuleKeyLayout.peerClass(bytes, 0),
                      PolicyRuleKeyLayout.protocol(bytes, 0),
                      PolicyRuleKeyLayout.port(bytes, 0),
                      PolicyRuleKeyLayout.portBits(bytes, 0));
          default -> "";
        };
  }

  static String key(Frontend frontend) {
    FrontendKey key = frontend.key();
    String address = key.address().ipv6() ? "[" + key.address() + "]" : key.address().toString();
    return "services %s:%s protocol %s (%s/%s)"
        .formatted(
            address,
            key.port(),
            key.protocol(),
            frontend.service().namespace(),
            frontend.service().name());
  }

  /** {@code ifindex 12 (default/web)}. */
  String device(int ifindex) {
    return "ifindex " + ifindex + named(devices.get(ifindex));
  }

  String value(String map, byte[] value) {
    return switch (map) {
      case "endpoints", "addresses" -> endpoint(value);
      case "prefixes" ->
          "identity "
              + unsigned(PrefixValueLayout.identity(value, 0))
              + block(PrefixValueLayout.block(value, 0));
      case "netns" ->
          NetnsLayout.ifindex(value, 0) == 0 ? "the node's" : device(NetnsLayout.ifindex(value, 0));
      case "unmasqueraded" -> "" + Revisions.number(value);
      case "policy_slots" -> slot(value);
      case "policy_classes" ->
          "class %s, shapes %#x"
              .formatted(PolicyClassLayout.number(value, 0), PolicyClassLayout.shapes(value, 0));
      case "policy_rules" ->
          verdict(PolicyRuleLayout.verdict(value, 0))
              + " by rule "
              + unsigned(PolicyRuleLayout.rule(value, 0));
      case "uplinks" ->
          four(UplinkLayout.address4(value, 0)) + " " + six(UplinkLayout.address6(value, 0));
      case "masquerade" ->
          "flags %#x, ports %s-%s"
              .formatted(
                  MasqueradeLayout.flags(value, 0),
                  MasqueradeLayout.firstPort(value, 0),
                  MasqueradeLayout.lastPort(value, 0));
      case "config" -> config(value);
      default -> hex(value);
    };
  }

  static String hex(byte[] value) {
    return HexFormat.of().formatHex(value);
  }

  private static String endpoint(byte[] value) {
    boolean ready = (EndpointLayout.flags(value, 0) & Abi.ENDPOINT_READY) != 0;
    return "id %s, ifindex %s, identity %s, slots %s and %s, %s, %s, %s %s"
        .formatted(
            EndpointLayout.id(value, 0),
            EndpointLayout.ifindex(value, 0),
            unsigned(EndpointLayout.identity(value, 0)),
            EndpointLayout.egressSlot(value, 0),
            EndpointLayout.ingressSlot(value, 0),
            ready ? "ready" : "not ready",
            MAC.formatHex(EndpointLayout.mac(value, 0)),
            four(EndpointLayout.address4(value, 0)) + block(EndpointLayout.block4(value, 0)),
            six(EndpointLayout.address6(value, 0)) + block(EndpointLayout.block6(value, 0)));
  }

  private static String slot(byte[] value) {
    return "default class %s, shapes %#x, otherwise %s%s%s"
        .formatted(
            PolicySlotLayout.defaultClass(value, 0),
            PolicySlotLayout.defaultShapes(value, 0),
            verdict(PolicySlotLayout.otherwise(value, 0)),
            PolicySlotLayout.alike(value, 0) == 0 ? "" : ", all peers alike",
            PolicySlotLayout.audit(value, 0) == 0 ? "" : ", audit");
  }

  private static String config(byte[] value) {
    return "flags %#x, host ifindex %s at %s, gateways %s %s, hz %s, report %s, drop events %s"
        .formatted(
            ConfigLayout.flags(value, 0),
            ConfigLayout.hostIfindex(value, 0),
            MAC.formatHex(ConfigLayout.hostMac(value, 0)),
            four(ConfigLayout.gateway4(value, 0)),
            six(ConfigLayout.gateway6(value, 0)),
            ConfigLayout.hz(value, 0),
            ConfigLayout.report(value, 0),
            ConfigLayout.dropEvents(value, 0));
  }

  private static String prefix(byte[] key) {
    Address address = Address.ofMapped(PrefixKeyLayout.address(key, 0));
    int length = PrefixKeyLayout.length(key, 0);
    return address + "/" + (address.ipv6() ? length : length - MAPPED_BITS);
  }

  private static String verdict(int number) {
    return switch (number) {
      case Abi.VERDICT_ALLOW -> "allow";
      case Abi.VERDICT_DENY -> "deny";
      default -> "verdict " + number;
    };
  }

  private static String four(int address) {
    return Address.of(ByteBuffer.allocate(4).putInt(address).array()).toString();
  }

  private static String six(byte[] address) {
    return Address.ofMapped(address).toString();
  }

  private static String block(int number) {
    return number == 0 ? "" : " in block " + unsigned(number);
  }

  private static String unsigned(int number) {
    return Integer.toUnsignedString(number);
  }

  private static String named(String name) {
    return name == null ? "" : " (" + name + ")";
  }
}
