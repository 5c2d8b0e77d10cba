package io.weir.routing;

import io.weir.api.KernelCheck.Difference;
import io.weir.api.Problem;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.Route;
import io.weir.linux.KernelRoute;
import io.weir.linux.LinuxException;
import io.weir.linux.NetDevice;
import io.weir.linux.Netlink;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Brings the kernel's routes to the rows. What the kernel has is read at the start and from time to
 * time; in between only what has changed since is touched.
 */
final class KernelRoutes {
  private final Netlink netlink;

  /** What was put in force, by prefix, until the kernel is read again. */
  private final Map<Prefix, Installed> installed = new HashMap<>();

  private record Installed(Route row, KernelRoute route) {}

  KernelRoutes(Netlink netlink) {
    this.netlink = netlink;
  }

  /**
   * Changes what differs from the rows of the last time.
   *
   * @return why a row is not in force, by prefix
   */
  Map<Prefix, Problem> follow(Collection<Route> rows) {
    Map<Prefix, Problem> problems = new HashMap<>();
    Set<Prefix> prefixes = new HashSet<>();
    for (Route row : rows) {
      prefixes.add(row.prefix());
      Installed before = installed.get(row.prefix());
      if (before == null || !before.row().equals(row)) {
        RoutePlan.Wanted wanted =
            RoutePlan.wanted(row, name -> netlink.device(name).map(NetDevice::ifindex));
        install(row, wanted).ifPresent(problem -> problems.put(row.prefix(), problem));
        if (before != null) {
          forget(before);
        }
      }
    }
    for (Prefix gone : List.copyOf(installed.keySet())) {
      if (!prefixes.contains(gone)) {
        netlink.deleteRoute(installed.remove(gone).route());
      }
    }
    return problems;
  }

  /** Reads what the kernel has, and changes what differs from the rows and the node's CIDRs. */
  Map<Prefix, Problem> repair(Collection<Route> rows, LocalNode node) {
    Map<String, Integer> devices = new HashMap<>();
    netlink.devices().forEach(device -> devices.put(device.name(), device.ifindex()));
    Map<Prefix, Problem> problems = new HashMap<>();
    Map<Prefix, Installed> possible = new HashMap<>();
    for (Route row : rows) {
      RoutePlan.Wanted wanted =
          RoutePlan.wanted(row, name -> Optional.ofNullable(devices.get(name)));
      if (wanted instanceof RoutePlan.Wanted.Ready ready) {
        possible.put(row.prefix(), new Installed(row, ready.route()));
      } else if (wanted instanceof RoutePlan.Wanted.Impossible impossible) {
        problems.put(row.prefix(), impossible.problem());
      }
    }
    List<KernelRoute> all = new ArrayList<>(RoutePlan.unreachable(node));
    possible.values().forEach(one -> all.add(one.route()));
    RoutePlan.Difference difference = RoutePlan.difference(all, netlink.routes());
    installed.clear();
    installed.putAll(possible);
    for (KernelRoute route : difference.replace()) {
      replace(route)
          .ifPresent(
              problem -> {
                problems.put(route.prefix(), problem);
                installed.remove(route.prefix());
              });
    }
    difference.delete().forEach(netlink::deleteRoute); // last: no gap where one was replaced
    return problems;
  }

  /**
   * Where the kernel's routes are not those of the rows and the node's CIDRs.
   *
   * @param kernel all routes of the namespace
   */
  static List<Difference> differences(
      Collection<Route> rows,
      LocalNode node,
      Collection<NetDevice> devices,
      Collection<KernelRoute> kernel) {
    Map<Integer, String> names = new HashMap<>();
    devices.forEach(device -> names.put(device.ifindex(), device.name()));
    List<Difference> differences = new ArrayList<>();
    List<KernelRoute> all = new ArrayList<>(RoutePlan.unreachable(node));
    for (Route row : rows) {
      RoutePlan.Wanted wanted =
          RoutePlan.wanted(
              row,
              name ->
                  devices.stream()
                      .filter(device -> device.name().equals(name))
                      .map(NetDevice::ifindex)
                      .findFirst());
      if (wanted instanceof RoutePlan.Wanted.Ready ready) {
        all.add(ready.route());
      } else if (wanted instanceof RoutePlan.Wanted.Impossible impossible) {
        differences.add(Difference.of(impossible.problem()));
      }
    }
    RoutePlan.Difference difference = RoutePlan.difference(all, kernel);
    Map<Prefix, KernelRoute> others = new TreeMap<>();
    difference.delete().forEach(route -> others.put(route.prefix(), route));
    for (KernelRoute route : difference.replace()) {
      KernelRoute other = others.remove(route.prefix());
      differences.add(
          new Difference(
              "route " + route.prefix(),
              text(route, names),
              other == null ? Difference.NOTHING : text(other, names)));
    }
    others.forEach(
        (prefix, route) ->
            differences.add(
                new Difference("route " + prefix, Difference.NOTHING, text(route, names))));
    return differences;
  }

  private static String text(KernelRoute route, Map<Integer, String> names) {
    if (route.type() == KernelRoute.Type.UNREACHABLE.number()) {
      return "unreachable, metric " + route.metric();
    }
    String device = names.getOrDefault(route.ifindex(), "ifindex " + route.ifindex());
    return route.via().map(gateway -> "via " + gateway + " ").orElse("") + "dev " + device;
  }

  void removeAll() {
    RoutePlan.difference(List.of(), netlink.routes()).delete().forEach(netlink::deleteRoute);
    installed.clear();
  }

  private Optional<Problem> install(Route row, RoutePlan.Wanted wanted) {
    if (wanted instanceof RoutePlan.Wanted.Impossible impossible) {
      return Optional.of(impossible.problem());
    }
    KernelRoute route = ((RoutePlan.Wanted.Ready) wanted).route();
    Optional<Problem> problem = replace(route);
    if (problem.isEmpty()) {
      installed.put(row.prefix(), new Installed(row, route));
    }
    return problem;
  }

  private Optional<Problem> replace(KernelRoute route) {
    try {
      netlink.replaceRoute(route);
      return Optional.empty();
    } catch (LinuxException e) {
      return Optional.of(e.problem());
    }
  }

  /** A replaced route has gone already, unless its successor could not be made. */
  private void forget(Installed before) {
    netlink.deleteRoute(before.route());
    installed.remove(before.row().prefix(), before);
  }
}
