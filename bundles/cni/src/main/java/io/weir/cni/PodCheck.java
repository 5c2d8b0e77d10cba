package io.weir.cni;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Prefix;
import io.weir.linux.DeviceAddress;
import io.weir.linux.KernelRoute;
import io.weir.linux.Linux;
import io.weir.linux.LinuxException;
import io.weir.linux.Neighbour;
import io.weir.linux.NetDevice;
import io.weir.linux.Netlink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a pod's pair of veths is not as {@link PodLinks} left it: the node's end first, then the
 * pod's, and of each what a packet meets first.
 */
final class PodCheck implements AutoCloseable {
  private final Linux linux;
  private final Netlink node;

  PodCheck(Linux linux) {
    this.linux = linux;
    node = linux.netlink();
  }

  /**
   * @param gateways that the pod was told at its ADD; the node's may be others by now
   * @return the first thing that is wrong; empty when all is well
   */
  Optional<Problem> difference(
      Endpoint endpoint, String netns, List<Address> gateways, String hostMac) {
    try (Netlink pod = linux.netlink(Path.of(netns))) {
      Side host = host(endpoint, hostMac);
      Side inside = inside(endpoint, pod);
      return host.device()
          .or(() -> host.neighbours(endpoint.addresses(), endpoint.mac()).findFirst())
          .or(() -> host.routes(endpoint.addresses()))
          .or(inside::device)
          .or(() -> inside.mtu(host))
          .or(() -> inside.addresses(endpoint.addresses()).findFirst())
          .or(() -> inside.neighbours(gateways, hostMac).findFirst())
          .or(() -> inside.defaults(gateways).findFirst());
    } catch (LinuxException e) {
      return Optional.of(e.problem());
    }
  }

  /**
   * All that is wrong, but for routes of the node, which others look after. Of an end that is not
   * there, is down or has another MAC, nothing else is said.
   *
   * @param netns empty where nobody knows it: the pod's end is not looked at
   */
  List<Problem> differences(
      Endpoint endpoint, Optional<Path> netns, List<Address> gateways, String hostMac) {
    List<Problem> problems = new ArrayList<>();
    Side host = host(endpoint, hostMac);
    try {
      add(problems, endpoint, host);
      if (netns.isPresent() && node.device(endpoint.hostInterface()).isPresent()) {
        addInside(problems, endpoint, netns.get(), host, gateways);
      }
    } catch (ProblemException e) {
      problems.add(e.problem()); // an end has gone meanwhile
    }
    return problems;
  }

  private static void add(List<Problem> problems, Endpoint endpoint, Side host) {
    Optional<Problem> device = host.device();
    if (device.isPresent()) {
      problems.add(device.get());
      return;
    }
    host.number(endpoint.hostIfindex()).ifPresent(problems::add);
    host.neighbours(endpoint.addresses(), endpoint.mac()).forEach(problems::add);
  }

  private void addInside(
      List<Problem> problems, Endpoint endpoint, Path netns, Side host, List<Address> gateways) {
    try (Netlink pod = linux.netlink(netns)) {
      Side inside = inside(endpoint, pod);
      Optional<Problem> device = inside.device();
      if (device.isPresent()) {
        problems.add(device.get());
        return;
      }
      inside.mtu(host).ifPresent(problems::add);
      inside.addresses(endpoint.addresses()).forEach(problems::add);
      inside.neighbours(gateways, host.mac()).forEach(problems::add);
      inside.defaults(gateways).forEach(problems::add);
    }
  }

  private Side host(Endpoint endpoint, String mac) {
    return new Side(where(endpoint), node, endpoint.hostInterface(), mac);
  }

  private static Side inside(Endpoint endpoint, Netlink pod) {
    String where = where(endpoint) + " inside";
    return new Side(where, pod, endpoint.interfaceName(), endpoint.mac());
  }

  private static String where(Endpoint endpoint) {
    return "endpoint " + endpoint.id() + " (" + endpoint.namespace() + "/" + endpoint.pod() + ")";
  }

  /** One end of the pair. */
  private record Side(String where, Netlink netlink, String name, String mac) {
    private NetDevice found() {
      return netlink.device(name).orElseThrow(() -> wrong("an interface", "none").asException());
    }

    Optional<Problem> device() {
      Optional<NetDevice> device = netlink.device(name);
      if (device.isEmpty() || !device.get().up()) {
        return Optional.of(
            wrong("an interface that is up", device.isEmpty() ? "none" : "one that is down"));
      }
      return device.get().mac().equals(mac)
          ? Optional.empty()
          : Optional.of(wrong("MAC address " + mac, device.get().mac()));
    }

    Optional<Problem> number(int expected) {
      int came = found().ifindex();
      return expected == came
          ? Optional.empty()
          : Optional.of(wrong("ifindex " + expected, "" + came));
    }

    Optional<Problem> mtu(Side other) {
      int expected = other.found().mtu();
      int came = found().mtu();
      return expected == came
          ? Optional.empty()
          : Optional.of(wrong("MTU " + expected + ", as on the node's end", "" + came));
    }

    Stream<Problem> addresses(List<Address> expected) {
      int ifindex = found().ifindex();
      List<Address> came =
          netlink.addresses().stream()
              .filter(address -> address.ifindex() == ifindex)
              .map(DeviceAddress::address)
              .toList();
      return expected.stream()
          .filter(address -> !came.contains(address))
          .map(address -> wrong("address " + address, "none of it"));
    }

    Stream<Problem> neighbours(List<Address> expected, String at) {
      int ifindex = found().ifindex();
      List<Neighbour> came = netlink.neighbours();
      return expected.stream()
          .filter(address -> !came.contains(new Neighbour(ifindex, address, at)))
          .map(address -> wrong("permanent neighbour " + address + " at " + at, "none"));
    }

    Optional<Problem> routes(List<Address> expected) {
      return expected.stream()
          .map(Prefix::host)
          .filter(prefix -> !leads(prefix, Optional.empty()))
          .findFirst()
          .map(prefix -> wrong("a route to " + prefix, "none"));
    }

    Stream<Problem> defaults(List<Address> gateways) {
      return gateways.stream()
          .filter(via -> !leads(PodLinks.EVERYWHERE.get(via.ipv6()), Optional.of(via)))
          .map(via -> wrong("a default route through " + via, "none"));
    }

    private boolean leads(Prefix prefix, Optional<Address> via) {
      int ifindex = found().ifindex();
      return netlink.routes().stream()
          .anyMatch(
              route ->
                  route.ifindex() == ifindex
                      && route.table() == KernelRoute.MAIN
                      && route.prefix().equals(prefix)
                      && route.via().equals(via));
    }

    private Problem wrong(String expected, String came) {
      return Problem.of(where + ": " + name, expected, came);
    }
  }

  @Override
  public void close() {
    node.close();
  }
}
