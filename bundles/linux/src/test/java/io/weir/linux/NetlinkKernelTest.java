package io.weir.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import io.weir.linux.Netlink.Veth;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NeedsRoot
@NeedsKernel("veth")
class NetlinkKernelTest {
  private static final int OURS = 87;

  private final Linux linux = Linux.open();
  private final TestNetns node = TestNetns.create("linux");
  private final TestNetns pod = TestNetns.create("linux");
  private Netlink netlink;

  @BeforeEach
  void open() {
    netlink = linux.netlink(node.path());
  }

  @AfterEach
  void close() {
    netlink.close();
    pod.close();
    node.close();
    linux.close();
  }

  @Test
  void should_make_a_veth_with_its_peer_in_another_namespace() {
    int near =
        netlink.addVeth(
            new Veth(
                "weir1",
                "02:00:00:00:00:01",
                1400,
                "eth0",
                Optional.of(pod.path()),
                "02:00:00:00:00:02"));
    try (Netlink inside = linux.netlink(pod.path())) {
      NetDevice far = inside.device("eth0").orElseThrow();
      assertThat(far)
          .isEqualTo(
              new NetDevice(
                  far.ifindex(), "eth0", "veth", "02:00:00:00:00:02", 1400, false, 0, near));
      assertThat(netlink.device(near).orElseThrow())
          .isEqualTo(
              new NetDevice(
                  near, "weir1", "veth", "02:00:00:00:00:01", 1400, false, 0, far.ifindex()));
      netlink.setUp(near, true);
      assertThat(netlink.device(near).orElseThrow().up()).isTrue();
      assertThat(netlink.devices()).extracting(NetDevice::name).contains("lo", "weir1");
      assertThat(netlink.deleteDevice(near)).isTrue();
      assertThat(netlink.deleteDevice(near)).isFalse();
      assertThat(netlink.device("weir1")).isEmpty();
      assertThat(inside.device("eth0")).isEmpty();
    }
  }

  @Test
  void should_tell_when_both_ends_of_a_veth_run() {
    int near = veth();
    netlink.setUp(near, true);
    assertThat(netlink.running(near)).as("the other end is down").isFalse();
    try (Netlink inside = linux.netlink(pod.path())) {
      inside.setUp(inside.device("eth0").orElseThrow().ifindex(), true);
    }
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!netlink.running(near) && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(netlink.running(near)).isTrue();
    assertThat(netlink.running(999)).as("no such device").isFalse();
  }

  @Test
  void should_change_and_move_devices() {
    int bridge = netlink.addDevice("br0", "bridge");
    int near = veth();
    netlink.setMtu(near, 1300);
    netlink.setMac(near, "02:00:00:00:00:09");
    netlink.setMaster(near, bridge);
    netlink.rename(near, "port1");
    NetDevice port = netlink.device("port1").orElseThrow();
    assertThat(port.mtu()).isEqualTo(1300);
    assertThat(port.mac()).isEqualTo("02:00:00:00:00:09");
    assertThat(port.master()).isEqualTo(bridge);
    netlink.setMaster(near, 0);
    netlink.moveTo(near, pod.path());
    assertThat(netlink.device("port1")).isEmpty();
    try (Netlink inside = linux.netlink(pod.path())) {
      assertThat(inside.device("port1")).isPresent();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.1.1, 10.1.0.0/16, 10.9.0.0/16, 10.1.1.7",
    "fd01::1, fd01::/64, fd09::/64, fd01::7"
  })
  void should_keep_addresses_routes_and_neighbours(
      String own, String onLink, String far, String gateway) {
    int near = veth();
    netlink.setUp(near, true);
    Prefix direct = Prefix.parse(onLink);
    DeviceAddress address = new DeviceAddress(near, Address.parse(own), direct.length());
    netlink.addAddress(address);
    netlink.addAddress(address);
    assertThat(netlink.addresses()).contains(address);
    assertThat(netlink.routes())
        .filteredOn(route -> route.prefix().equals(direct) && route.ifindex() == near)
        .extracting(KernelRoute::protocol)
        .contains(KernelRoute.KERNEL);

    KernelRoute route = KernelRoute.through(Prefix.parse(far), Address.parse(gateway), near, OURS);
    netlink.replaceRoute(route);
    netlink.replaceRoute(route);
    assertThat(ours()).singleElement().matches(found -> found.via().equals(route.via()));
    KernelRoute other = KernelRoute.toDevice(Prefix.parse(far), near, OURS);
    assertThat(netlink.deleteRoute(route)).isTrue();
    assertThat(netlink.deleteRoute(route)).isFalse();
    netlink.replaceRoute(other.from(address.address()));
    assertThat(ours())
        .singleElement()
        .matches(found -> found.via().isEmpty() && found.source().isPresent());
    netlink.replaceRoute(KernelRoute.unreachable(other.prefix(), OURS).inTable(4000));
    assertThat(ours()).extracting(KernelRoute::table).contains(4000);

    Neighbour neighbour = new Neighbour(near, Address.parse(gateway), "02:00:00:00:00:07");
    netlink.replaceNeighbour(neighbour);
    assertThat(netlink.neighbours()).containsExactly(neighbour);
    assertThat(netlink.deleteNeighbour(neighbour)).isTrue();
    assertThat(netlink.deleteNeighbour(neighbour)).isFalse();
    assertThat(netlink.deleteAddress(address)).isTrue();
    assertThat(netlink.deleteAddress(address)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void should_keep_rules(boolean ipv6) {
    Rule rule = new Rule(ipv6, 100, 0x200, 0xf00, 2000);
    netlink.addRule(rule);
    netlink.addRule(rule);
    assertThat(netlink.rules()).containsOnlyOnce(rule);
    assertThat(netlink.deleteRule(rule)).isTrue();
    assertThat(netlink.deleteRule(rule)).isFalse();
    assertThat(netlink.rules()).doesNotContain(rule);
  }

  @Test
  void should_list_more_than_one_answer_holds() {
    int near = veth();
    netlink.setUp(near, true);
    for (int i = 0; i < 3000; i++) {
      Prefix prefix = Prefix.host(Address.parse("10.2.0.0").plus(i));
      netlink.replaceRoute(KernelRoute.toDevice(prefix, near, OURS));
    }
    assertThat(ours()).hasSize(3000);
  }

  @Test
  void should_say_what_was_refused() {
    int near = veth();
    assertThatThrownBy(this::veth)
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(LinuxException.EEXIST))
        .hasMessage("veth weir1 with peer eth0: File exists");
    assertThatThrownBy(
            () ->
                netlink.replaceRoute(
                    KernelRoute.through(
                        Prefix.parse("10.5.0.0/16"), Address.parse("10.5.0.1"), near, OURS)))
        .hasMessage("route 10.5.0.0/16: Network is down (Nexthop device is not up)");
    assertThatThrownBy(() -> linux.netlink(Path.of("/run/netns/none")))
        .hasMessage("/run/netns/none: expected a network namespace, got No such file or directory");
  }

  private java.util.List<KernelRoute> ours() {
    return netlink.routes().stream().filter(route -> route.protocol() == OURS).toList();
  }

  private int veth() {
    return netlink.addVeth(new Veth("weir1", "", 0, "eth0", Optional.of(pod.path()), ""));
  }
}
