package io.weir.cni;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.linux.DeviceAddress;
import io.weir.linux.KernelRoute;
import io.weir.linux.Linux;
import io.weir.linux.LinuxException;
import io.weir.linux.Neighbour;
import io.weir.linux.NetDevice;
import io.weir.linux.Netlink;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * The veth pair of a pod, and what a pod's namespace gets:
 *
 * <pre>
 *   node's namespace                       pod's namespace
 *   weir4f1c…  shared MAC, no address ---- eth0  10.0.0.2/32, fd00:10::2/128
 *     10.0.0.2 is at eth0's MAC              default via 10.0.0.1, fd00:10::1 (on weir_host),
 *                                            which are at the shared MAC
 * </pre>
 *
 * Neighbours on both ends are permanent: nobody has to ask for them, and nobody can answer falsely.
 */
final class PodLinks implements AutoCloseable {
  private static final int LOOPBACK = 1;
  private static final Duration RUNNING_LIMIT = Duration.ofSeconds(1);
  static final Map<Boolean, Prefix> EVERYWHERE =
      Map.of(false, Prefix.parse("0.0.0.0/0"), true, Prefix.parse("::/0"));

  private final Linux linux;
  private final Netlink node;

  /** For deletions, which take the kernel long: nobody else should wait for them. */
  private final Netlink deleting;

  PodLinks(Linux linux) {
    this.linux = linux;
    node = linux.netlink();
    deleting = linux.netlink();
  }

  /**
   * The cookie of a pod's namespace.
   *
   * @throws CniError when there is none at the path, or it is the node's own
   */
  long cookie(String netns) {
    long cookie;
    try {
      cookie = linux.namespaces().cookie(Path.of(netns));
    } catch (LinuxException e) {
      throw new CniError(CniError.UNKNOWN_CONTAINER, e.problem(), e);
    }
    if (cookie != 0 && cookie == linux.namespaces().cookie()) {
      throw new CniError(
          CniError.BAD_ENVIRONMENT,
          Problem.of(
              "CNI_NETNS",
              "a network namespace of the pod's own",
              netns + ", which is the node's"));
    }
    return cookie;
  }

  /**
   * Makes the pair, and all that can be made while the pod's end is down.
   *
   * @return ifindex of the node's end
   */
  int create(Endpoint endpoint, String netns, LocalNode local) {
    Path namespace = Path.of(netns);
    int hostIfindex = addVeth(endpoint, namespace, local);
    String host = endpoint.hostInterface();
    linux.sysctls().write("net/ipv4/conf/" + host + "/rp_filter", "0");
    if (hasIpv6(endpoint)) { // a router of nobody's but its own pod: no address, no advertisements
      linux.sysctls().write("net/ipv6/conf/" + host + "/addr_gen_mode", "1");
      linux.sysctls().write("net/ipv6/conf/" + host + "/accept_ra", "0");
      linux.sysctls().write(namespace, podSysctl(endpoint, "disable_ipv6"), "0");
    }
    node.setUp(hostIfindex, true);
    for (Address address : endpoint.addresses()) {
      node.replaceNeighbour(new Neighbour(hostIfindex, address, endpoint.mac()));
    }
    try (Netlink pod = linux.netlink(namespace)) {
      int ifindex = podDevice(pod, endpoint).ifindex();
      for (Address address : endpoint.addresses()) {
        pod.addAddress(new DeviceAddress(ifindex, address, address.bits()));
      }
    }
    return hostIfindex;
  }

  /** Lets packets pass, and returns when they do. */
  void open(Endpoint endpoint, String netns, LocalNode local) throws InterruptedException {
    try (Netlink pod = linux.netlink(Path.of(netns))) {
      int ifindex = podDevice(pod, endpoint).ifindex();
      pod.setUp(LOOPBACK, true);
      pod.setUp(ifindex, true);
      for (Address address : endpoint.addresses()) {
        Optional<Address> gateway = CniResult.gateway(local, address.ipv6());
        if (gateway.isPresent()) {
          pod.replaceNeighbour(new Neighbour(ifindex, gateway.get(), local.hostMac()));
          pod.replaceRoute(
              KernelRoute.through(
                  EVERYWHERE.get(address.ipv6()), gateway.get(), ifindex, KernelRoute.STATIC));
        }
      }
      await(endpoint.hostInterface() + ": a carrier", () -> node.running(endpoint.hostIfindex()));
      await(endpoint.interfaceName() + ": a carrier", () -> pod.running(ifindex));
      await(endpoint.interfaceName() + ": its addresses", () -> takes(pod, endpoint));
    }
  }

  /** Puts right what is wrong with a pair that is there; its pod's end only where that is known. */
  void mend(Endpoint endpoint, Optional<Path> netns, LocalNode local) throws InterruptedException {
    NetDevice host = node.device(endpoint.hostInterface()).orElseThrow();
    if (!host.mac().equals(local.hostMac())) {
      node.setMac(host.ifindex(), local.hostMac());
    }
    node.setUp(host.ifindex(), true);
    for (Address address : endpoint.addresses()) {
      node.replaceNeighbour(new Neighbour(host.ifindex(), address, endpoint.mac()));
    }
    if (netns.isEmpty()) {
      return;
    }
    try (Netlink pod = linux.netlink(netns.get())) {
      NetDevice inside = podDevice(pod, endpoint);
      if (!inside.mac().equals(endpoint.mac())) {
        pod.setMac(inside.ifindex(), endpoint.mac());
      }
      if (inside.mtu() != host.mtu()) {
        pod.setMtu(inside.ifindex(), host.mtu());
      }
      for (Address address : endpoint.addresses()) {
        pod.addAddress(new DeviceAddress(inside.ifindex(), address, address.bits()));
      }
    }
    open(endpoint, netns.get().toString(), local);
  }

  /** Host interfaces that are named as ours are. */
  List<String> hostInterfaces() {
    return node.devices().stream()
        .map(NetDevice::name)
        .filter(Attachment::isHostInterface)
        .toList();
  }

  /** IPv6 makes the local routes of addresses by a worker, after the link has come up. */
  private static boolean takes(Netlink pod, Endpoint endpoint) {
    Set<Prefix> local =
        pod.routes().stream()
            .filter(route -> route.table() == KernelRoute.LOCAL_TABLE)
            .map(KernelRoute::prefix)
            .collect(Collectors.toSet());
    return endpoint.addresses().stream().map(Prefix::host).allMatch(local::contains);
  }

  /** Until it is so, what comes first is dropped. */
  private static void await(String what, BooleanSupplier so) throws InterruptedException {
    long end = System.nanoTime() + RUNNING_LIMIT.toNanos();
    while (!so.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new CniError(
            CniError.TRY_AGAIN_LATER,
            Problem.of(
                "the pod's link", what + " within " + RUNNING_LIMIT.toSeconds() + " s", "none"));
      }
      Thread.sleep(1);
    }
  }

  /** Deletes the pair; false where there is none. */
  boolean delete(String hostInterface) {
    return deleting
        .device(hostInterface)
        .map(device -> deleting.deleteDevice(device.ifindex()))
        .orElse(false);
  }

  Optional<Integer> hostIfindex(String hostInterface) {
    return node.device(hostInterface).map(NetDevice::ifindex);
  }

  private int addVeth(Endpoint endpoint, Path namespace, LocalNode local) {
    Netlink.Veth veth =
        new Netlink.Veth(
            endpoint.hostInterface(),
            local.hostMac(),
            local.mtu(),
            endpoint.interfaceName(),
            Optional.of(namespace),
            endpoint.mac());
    try {
      return node.addVeth(veth);
    } catch (LinuxException e) {
      if (e.errno() != LinuxException.EEXIST) {
        throw e;
      }
      if (delete(endpoint.hostInterface())) { // left over by an ADD that was killed
        return node.addVeth(veth);
      }
      throw new CniError(
          CniError.BAD_ENVIRONMENT,
          Problem.of(
              "CNI_IFNAME",
              "a name that no interface of the pod has yet",
              '"' + endpoint.interfaceName() + '"'),
          e);
    }
  }

  private static NetDevice podDevice(Netlink pod, Endpoint endpoint) {
    return pod.device(endpoint.interfaceName())
        .orElseThrow(
            () ->
                new CniError(
                    CniError.TRY_AGAIN_LATER,
                    Problem.of(
                        "the pod's namespace",
                        endpoint.interfaceName(),
                        "none: it has gone again")));
  }

  private static boolean hasIpv6(Endpoint endpoint) {
    return endpoint.addresses().stream().anyMatch(Address::ipv6);
  }

  private static String podSysctl(Endpoint endpoint, String name) {
    return "net/ipv6/conf/" + endpoint.interfaceName() + "/" + name;
  }

  @Override
  public void close() {
    node.close();
    deleting.close();
  }
}
