package io.weir.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.Route;
import io.weir.linux.KernelRoute;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoutePlanTest {
  private static final Map<String, Integer> DEVICES = Map.of("weira", 7);
  private static final LocalNode NODE =
      new LocalNode(
          "n-1",
          List.of(),
          List.of(Prefix.parse("10.0.0.0/24"), Prefix.parse("fd00:10::/112")),
          List.of(),
          "weir_host",
          2,
          "02:00:00:00:00:01",
          1500,
          0,
          "/sys/fs/cgroup");

  @Test
  void should_route_to_a_device_or_through_a_gateway() {
    assertThat(wanted(new Route(Prefix.parse("10.0.0.2/32"), "weira", List.of())))
        .isEqualTo(
            new RoutePlan.Wanted.Ready(
                KernelRoute.toDevice(Prefix.parse("10.0.0.2/32"), 7, RoutePlan.PROTOCOL)));
    assertThat(
            wanted(
                new Route(
                    Prefix.parse("10.1.0.0/24"), "weira", List.of(Address.parse("192.0.2.1")))))
        .isEqualTo(
            new RoutePlan.Wanted.Ready(
                KernelRoute.through(
                    Prefix.parse("10.1.0.0/24"),
                    Address.parse("192.0.2.1"),
                    7,
                    RoutePlan.PROTOCOL)));
  }

  @Test
  void should_say_why_a_route_is_impossible() {
    assertThat(problem(new Route(Prefix.parse("10.0.0.2/32"), "gone", List.of())))
        .isEqualTo("route 10.0.0.2/32: expected a device gone, got none");
    Address gateway = Address.parse("192.0.2.1");
    assertThat(problem(new Route(Prefix.parse("10.1.0.0/24"), "weira", List.of(gateway, gateway))))
        .isEqualTo("route 10.1.0.0/24: expected one gateway at most, got 2 gateways");
  }

  @Test
  void should_change_nothing_where_the_kernel_has_it_all() {
    KernelRoute four = KernelRoute.toDevice(Prefix.parse("10.0.0.2/32"), 7, RoutePlan.PROTOCOL);
    KernelRoute six = KernelRoute.toDevice(Prefix.parse("fd00:10::2/128"), 7, RoutePlan.PROTOCOL);
    List<KernelRoute> unreachable = RoutePlan.unreachable(NODE);
    assertThat(unreachable).extracting(KernelRoute::prefix).isEqualTo(NODE.podCidrs());
    List<KernelRoute> kernel =
        List.of(
            four,
            withMetric(six, 1024, 7),
            unreachable.get(0),
            withMetric(unreachable.get(1), 1 << 30, 1));
    assertThat(
            RoutePlan.difference(
                List.of(four, six, unreachable.get(0), unreachable.get(1)), kernel))
        .isEqualTo(new RoutePlan.Difference(List.of(), List.of()));
  }

  @Test
  void should_replace_what_differs_delete_what_is_too_much_and_leave_others_alone() {
    KernelRoute moved = KernelRoute.toDevice(Prefix.parse("10.0.0.2/32"), 7, RoutePlan.PROTOCOL);
    KernelRoute before = KernelRoute.toDevice(Prefix.parse("10.0.0.2/32"), 6, RoutePlan.PROTOCOL);
    KernelRoute stale = KernelRoute.toDevice(Prefix.parse("10.0.0.9/32"), 7, RoutePlan.PROTOCOL);
    KernelRoute foreign = KernelRoute.toDevice(Prefix.parse("10.0.0.8/32"), 7, KernelRoute.STATIC);
    KernelRoute elsewhere = stale.inTable(100);
    RoutePlan.Difference difference =
        RoutePlan.difference(List.of(moved), List.of(before, stale, foreign, elsewhere));
    assertThat(difference.replace()).containsExactly(moved);
    assertThat(difference.delete()).containsExactly(before, stale);
  }

  private static KernelRoute withMetric(KernelRoute route, int metric, int ifindex) {
    return new KernelRoute(
        route.type(),
        route.prefix(),
        ifindex,
        route.via(),
        route.onlink(),
        route.source(),
        route.table(),
        route.protocol(),
        metric);
  }

  private static RoutePlan.Wanted wanted(Route row) {
    return RoutePlan.wanted(row, name -> Optional.ofNullable(DEVICES.get(name)));
  }

  private static String problem(Route row) {
    return ((RoutePlan.Wanted.Impossible) wanted(row)).problem().sentence();
  }
}
