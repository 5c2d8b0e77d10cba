package io.weir.node;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import io.weir.api.row.Uplink;
import io.weir.linux.DeviceAddress;
import io.weir.linux.KernelRoute;
import io.weir.linux.NetDevice;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the node is, told from its name, its settings and what its namespace holds. */
final class NodeView {
  static final String HOST_DEVICE = "weir_host";
  static final String NET_DEVICE = "weir_net";

  private static final String OURS = "weir";
  private static final int DEFAULT_MTU = 1500;
  private static final int LOOPBACK = 1;

  private final String name;
  private final NodeSettings settings;

  NodeView(String name, NodeSettings settings) {
    this.name = name;
    this.settings = settings;
  }

  /** The first address of each block. */
  List<Address> gateways() {
    return settings.podCidrs().stream().map(cidr -> cidr.address().plus(1)).toList();
  }

  /** The MAC of all host-side veths: locally administered, told by the node's name. */
  String hostMac() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(("node/" + name).getBytes(StandardCharsets.UTF_8));
      StringBuilder mac = new StringBuilder("%02x".formatted(digest[0] & 0xfc | 0x02));
      for (int i = 1; i < 6; i++) {
        mac.append(":%02x".formatted(digest[i]));
      }
      return mac.toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }

  /**
   * Of the setting; else the least of the devices with default routes; else the least of all that
   * are up, ours and loopback apart.
   */
  int mtu(List<NetDevice> devices, List<KernelRoute> routes) {
    if (settings.mtu() > 0) {
      return settings.mtu();
    }
    Set<Integer> uplinks =
        routes.stream()
            .filter(route -> route.prefix().length() == 0 && route.table() == KernelRoute.MAIN)
            .map(KernelRoute::ifindex)
            .collect(Collectors.toCollection(HashSet::new));
    OptionalInt least =
        devices.stream()
            .filter(device -> uplinks.contains(device.ifindex()))
            .mapToInt(NetDevice::mtu)
            .min();
    if (least.isPresent()) {
      return least.getAsInt();
    }
    return devices.stream()
        .filter(device -> device.up() && device.ifindex() != LOOPBACK)
        .filter(device -> !device.name().startsWith(OURS))
        .mapToInt(NetDevice::mtu)
        .min()
        .orElse(DEFAULT_MTU);
  }

  /** Every unicast address of the namespace that peers can know the node by. */
  static List<Address> addresses(List<DeviceAddress> addresses) {
    return addresses.stream()
        .map(DeviceAddress::address)
        .filter(address -> !isLoopback(address) && !isLinkLocal(address))
        .distinct()
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  /** By device. Loopback, what is ours and devices without Ethernet's header are none. */
  Map<String, Uplink> uplinks(List<NetDevice> devices, List<DeviceAddress> addresses) {
    Map<String, Uplink> uplinks = new TreeMap<>();
    for (NetDevice device : devices) {
      List<Address> global =
          addresses.stream()
              .filter(address -> address.ifindex() == device.ifindex())
              .map(DeviceAddress::address)
              .filter(address -> !isLoopback(address) && !isLinkLocal(address))
              .toList();
      if (!global.isEmpty()
          && !device.mac().isEmpty()
          && device.ifindex() != LOOPBACK
          && !device.name().startsWith(OURS)
          && isNamed(device.name())) {
        uplinks.put(device.name(), new Uplink(device.name(), device.ifindex(), global));
      }
    }
    return uplinks;
  }

  /** Of {@code devices}: what it names and yet is no uplink, for want of Ethernet's header. */
  List<Problem> problems(List<NetDevice> devices) {
    return devices.stream()
        .filter(device -> !settings.devices().isEmpty() && isNamed(device.name()))
        .filter(device -> device.mac().isEmpty())
        .map(
            device ->
                Problem.of(
                        NodeSettings.DEVICES.key(),
                        "devices with Ethernet's header",
                        device.name() + ", which has none and is no uplink")
                    .remedy(
                        "what pods send by it has their own addresses: masquerade it where it"
                            + " arrives, or take the device out of devices"))
        .toList();
  }

  private boolean isNamed(String device) {
    return settings.devices().isEmpty()
        || settings.devices().stream()
            .anyMatch(
                name ->
                    name.endsWith("+")
                        ? device.startsWith(name.substring(0, name.length() - 1))
                        : device.equals(name));
  }

  LocalNode row(
      int hostIfindex,
      int mtu,
      List<DeviceAddress> addresses,
      long netnsCookie,
      String cgroupRoot) {
    return new LocalNode(
        name,
        addresses(addresses),
        settings.podCidrs(),
        gateways(),
        HOST_DEVICE,
        hostIfindex,
        hostMac(),
        mtu,
        netnsCookie,
        cgroupRoot);
  }

  /** The node's own addresses are {@code host}. */
  static Map<Prefix, PrefixIdentity> identities(LocalNode node) {
    Map<Prefix, PrefixIdentity> identities = new TreeMap<>();
    for (List<Address> list : List.of(node.addresses(), node.gateways())) {
      for (Address address : list) {
        Prefix prefix = Prefix.host(address);
        identities.put(prefix, new PrefixIdentity(prefix, Identity.HOST));
      }
    }
    return identities;
  }

  private static boolean isLoopback(Address address) {
    return address.ipv6() ? address.high() == 0 && address.low() == 1 : address.low() >>> 24 == 127;
  }

  private static boolean isLinkLocal(Address address) {
    return address.ipv6() && address.high() >>> 54 == 0xfe80 >>> 6
        || !address.ipv6() && address.low() >>> 16 == 0xa9fe;
  }
}
