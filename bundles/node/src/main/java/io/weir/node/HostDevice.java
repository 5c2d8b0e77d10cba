package io.weir.node;

import io.weir.api.KernelCheck.Difference;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.Address;
import io.weir.linux.DeviceAddress;
import io.weir.linux.Linux;
import io.weir.linux.NetDevice;
import io.weir.linux.Netlink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The device that holds the pods' gateways: {@code weir_host}, one end of a pair of veths, since
 * not every kernel has dummies. The other end, {@code weir_net}, is up and does nothing. What is
 * there already is taken over; only what differs is changed.
 */
final class HostDevice {
  private static final Logger LOG = LoggerFactory.getLogger(HostDevice.class);

  private final Linux linux;
  private final Netlink netlink;

  HostDevice(Linux linux, Netlink netlink) {
    this.linux = linux;
    this.netlink = netlink;
  }

  /** Returns its ifindex. */
  int make(String mac, List<Address> gateways, int mtu) {
    NetDevice host = netlink.device(NodeView.HOST_DEVICE).orElseGet(() -> create(mac, mtu));
    if (!host.mac().equals(mac)) {
      netlink.setMac(host.ifindex(), mac);
    }
    NetDevice net = netlink.device(NodeView.NET_DEVICE).orElseThrow(HostDevice::halfGone);
    boolean ipv6 = gateways.stream().anyMatch(Address::ipv6);
    for (NetDevice device : List.of(host, net)) {
      if (ipv6) { // no addresses but the gateways
        linux.sysctls().write("net/ipv6/conf/" + device.name() + "/addr_gen_mode", "1");
      }
      if (device.mtu() != mtu) {
        netlink.setMtu(device.ifindex(), mtu);
      }
      if (!device.up()) {
        netlink.setUp(device.ifindex(), true);
      }
    }
    assign(host.ifindex(), gateways);
    return host.ifindex();
  }

  /** Where the pair is not as {@link #make} leaves it. */
  List<Difference> differences(String mac, List<Address> gateways, int mtu) {
    List<Difference> differences = new ArrayList<>();
    for (String name : List.of(NodeView.HOST_DEVICE, NodeView.NET_DEVICE)) {
      Optional<NetDevice> found = netlink.device(name);
      if (found.isEmpty()) {
        differences.add(new Difference("device " + name, "one end of a pair", Difference.NOTHING));
        continue;
      }
      NetDevice device = found.get();
      boolean host = name.equals(NodeView.HOST_DEVICE);
      compare(differences, name + " MTU", "" + mtu, "" + device.mtu());
      compare(differences, name + " state", "up", device.up() ? "up" : "down");
      if (host) {
        compare(differences, name + " MAC", mac, device.mac());
        compare(differences, device.ifindex(), gateways);
      }
    }
    return differences;
  }

  private void compare(List<Difference> differences, int ifindex, List<Address> gateways) {
    List<Address> there = addresses(ifindex);
    String what = "device " + NodeView.HOST_DEVICE + " address ";
    gateways.stream()
        .filter(address -> !there.contains(address))
        .forEach(
            address ->
                differences.add(
                    new Difference(what + address, address.toString(), Difference.NOTHING)));
    there.stream()
        .filter(address -> !gateways.contains(address) && !isLinkLocal(address))
        .forEach(
            address ->
                differences.add(
                    new Difference(what + address, Difference.NOTHING, address.toString())));
  }

  private static void compare(
      List<Difference> differences, String what, String expected, String found) {
    if (!expected.equals(found)) {
      differences.add(new Difference("device " + what, expected, found));
    }
  }

  private List<Address> addresses(int ifindex) {
    return netlink.addresses().stream()
        .filter(address -> address.ifindex() == ifindex)
        .map(DeviceAddress::address)
        .toList();
  }

  /** True where there was one. */
  boolean remove() {
    Optional<NetDevice> host = netlink.device(NodeView.HOST_DEVICE);
    return host.map(device -> netlink.deleteDevice(device.ifindex())).orElse(false);
  }

  private NetDevice create(String mac, int mtu) {
    int ifindex =
        netlink.addVeth(
            new Netlink.Veth(
                NodeView.HOST_DEVICE, mac, mtu, NodeView.NET_DEVICE, Optional.empty(), ""));
    LOG.info("made {}, which holds the pods' gateways", NodeView.HOST_DEVICE);
    return netlink.device(ifindex).orElseThrow();
  }

  private void assign(int ifindex, List<Address> gateways) {
    List<Address> there = addresses(ifindex);
    for (Address address : gateways) {
      if (!there.contains(address)) {
        netlink.addAddress(new DeviceAddress(ifindex, address, address.bits()));
      }
    }
    for (Address address : there) {
      if (!gateways.contains(address) && !isLinkLocal(address)) {
        netlink.deleteAddress(new DeviceAddress(ifindex, address, address.bits()));
      }
    }
  }

  private static ProblemException halfGone() {
    return Problem.of(
            "device " + NodeView.HOST_DEVICE, "one end of a pair", "one without the other")
        .remedy("delete " + NodeView.HOST_DEVICE + ": it is made anew")
        .asException();
  }

  private static boolean isLinkLocal(Address address) {
    return address.ipv6() && address.high() >>> 54 == 0xfe80 >>> 6;
  }
}
