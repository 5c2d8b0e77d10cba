package io.weir.routing;

import io.weir.api.Problem;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.Route;
import io.weir.linux.KernelRoute;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Which routes the kernel should have, and what has to be done to get there.
 *
 * <p>Beside the rows there is one route for each pod CIDR: unreachable, of the highest metric, so
 * that what is meant for a pod that has gone does not leave the node by its default route.
 */
final class RoutePlan {
  /** By which our routes are known in the kernel: {@code proto 87}. */
  static final int PROTOCOL = 87;

  private static final int LAST_METRIC = 1 << 30;

  private RoutePlan() {}

  /** A route of the kernel, or why there can be none. */
  sealed interface Wanted {
    record Ready(KernelRoute route) implements Wanted {}

    record Impossible(Problem problem) implements Wanted {}
  }

  /** What has to be done; what is there and as it should be is in neither. */
  record Difference(List<KernelRoute> replace, List<KernelRoute> delete) {}

  static Wanted wanted(Route row, Function<String, Optional<Integer>> devices) {
    String where = "route " + row.prefix();
    if (row.via().size() > 1) {
      return new Wanted.Impossible(
          Problem.of(where, "one gateway at most", row.via().size() + " gateways"));
    }
    Optional<Integer> ifindex = devices.apply(row.device());
    if (ifindex.isEmpty()) {
      return new Wanted.Impossible(Problem.of(where, "a device " + row.device(), "none"));
    }
    return new Wanted.Ready(
        row.via().isEmpty()
            ? KernelRoute.toDevice(row.prefix(), ifindex.get(), PROTOCOL)
            : KernelRoute.through(row.prefix(), row.via().get(0), ifindex.get(), PROTOCOL));
  }

  static List<KernelRoute> unreachable(LocalNode node) {
    List<KernelRoute> routes = new ArrayList<>();
    for (Prefix cidr : node.podCidrs()) {
      routes.add(
          new KernelRoute(
              KernelRoute.Type.UNREACHABLE.number(),
              cidr,
              0,
              Optional.empty(),
              false,
              Optional.empty(),
              KernelRoute.MAIN,
              PROTOCOL,
              LAST_METRIC));
    }
    return routes;
  }

  /**
   * @param kernel all routes of the namespace; those of others are left alone
   */
  static Difference difference(Collection<KernelRoute> wanted, Collection<KernelRoute> kernel) {
    SortedMap<Prefix, KernelRoute> open = new TreeMap<>();
    wanted.forEach(route -> open.put(route.prefix(), route));
    Map<Prefix, KernelRoute> all = Map.copyOf(open);
    List<KernelRoute> delete = new ArrayList<>();
    for (KernelRoute route : kernel) {
      if (route.protocol() != PROTOCOL || route.table() != KernelRoute.MAIN) {
        continue;
      }
      KernelRoute same = all.get(route.prefix());
      if (same != null && isSame(same, route)) {
        open.remove(route.prefix());
      } else {
        delete.add(route);
      }
    }
    return new Difference(List.copyOf(open.values()), List.copyOf(delete));
  }

  /** The kernel adds a device to what is unreachable, and a metric where none was asked for. */
  private static boolean isSame(KernelRoute wanted, KernelRoute route) {
    return wanted.type() == route.type()
        && wanted.via().equals(route.via())
        && (wanted.ifindex() == 0 || wanted.ifindex() == route.ifindex())
        && (wanted.metric() == 0 || wanted.metric() == route.metric());
  }
}
