package io.weir.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.Uplink;
import io.weir.linux.DeviceAddress;
import io.weir.linux.KernelRoute;
import io.weir.linux.NetDevice;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeViewTest {
  private static final List<Prefix> CIDRS =
      List.of(Prefix.parse("10.0.0.0/24"), Prefix.parse("fd00:10::/112"));

  @Test
  void should_take_what_is_written_for_pod_cidrs() {
    assertThat(NodeSettings.POD_CIDR.value(NodeSettings.POD_CIDR.defaultText(), "default"))
        .isEqualTo(CIDRS);
    assertThat(NodeSettings.POD_CIDR.value("fd00::/64", "file"))
        .containsExactly(Prefix.parse("fd00::/64"));
    for (String text :
        List.of(
            "",
            "10.0.0.0",
            "10.0.0.0/31",
            "10.0.0.0/24,10.1.0.0/24",
            "fd00::/127",
            "0.0.0.0/0",
            "x",
            "10.0.0.0/24,")) {
      assertThatThrownBy(() -> NodeSettings.POD_CIDR.value(text, "etc/io.weir.cfg"))
          .hasMessage(
              "etc/io.weir.cfg: pod-cidr: expected an IPv4 block of /8 to /30, an IPv6 block of /16 to /126,"
                  + " or both with a comma between, got \""
                  + text
                  + '"');
    }
  }

  @Test
  void should_leave_out_the_families_that_are_off() {
    assertThat(NodeSettings.of(CIDRS, true, false, 0, "", List.of()).podCidrs())
        .containsExactly(CIDRS.get(0));
    assertThat(NodeSettings.of(CIDRS, false, true, 0, "", List.of()).podCidrs())
        .containsExactly(CIDRS.get(1));
  }

  @Test
  void should_take_for_uplinks_what_has_a_global_address_or_those_that_are_named() {
    List<NetDevice> devices =
        List.of(
            device(1, "lo", 1500, true),
            device(2, "eth0", 1500, true),
            device(3, "ens4", 1500, true),
            device(4, "weir_host", 1500, true),
            device(5, "e5", 1500, true),
            new NetDevice(6, "tun0", "tun", "", 1500, true, 0, 0));
    List<DeviceAddress> addresses =
        List.of(
            new DeviceAddress(1, ip("192.0.2.1"), 32),
            new DeviceAddress(2, ip("192.0.2.7"), 24),
            new DeviceAddress(2, ip("fe80::7"), 64),
            new DeviceAddress(2, ip("2001:db8::7"), 64),
            new DeviceAddress(3, ip("198.51.100.7"), 24),
            new DeviceAddress(4, ip("10.0.0.1"), 32),
            new DeviceAddress(5, ip("fe80::5"), 64),
            new DeviceAddress(6, ip("198.51.100.66"), 32));
    Uplink eth0 = new Uplink("eth0", 2, List.of(ip("192.0.2.7"), ip("2001:db8::7")));
    assertThat(view(0).uplinks(devices, addresses))
        .containsOnlyKeys("ens4", "eth0")
        .containsEntry("eth0", eth0);
    for (String named : List.of("eth0", "eth+", "other, eth0")) {
      NodeSettings settings =
          NodeSettings.of(
              CIDRS, true, true, 0, "", NodeSettings.DEVICES.value(named, "etc/io.weir.cfg"));
      assertThat(new NodeView("n1", settings).uplinks(devices, addresses))
          .as(named)
          .containsOnlyKeys("eth0");
    }
  }

  @Test
  void should_warn_of_a_named_device_that_can_be_no_uplink() {
    List<NetDevice> devices =
        List.of(
            device(2, "eth0", 1500, true),
            new NetDevice(6, "tun0", "tun", "", 1500, true, 0, 0),
            new NetDevice(7, "wg0", "wireguard", "", 1420, true, 0, 0));
    assertThat(view(0).problems(devices)).as("nobody names them").isEmpty();
    NodeSettings named =
        NodeSettings.of(
            CIDRS, true, true, 0, "", NodeSettings.DEVICES.value("eth0 tun+", "etc/io.weir.cfg"));
    assertThat(new NodeView("n1", named).problems(devices))
        .extracting(Problem::sentence)
        .containsExactly(
            "devices: expected devices with Ethernet's header, got tun0, which has none and is no"
                + " uplink; what pods send by it has their own addresses: masquerade it where it"
                + " arrives, or take the device out of devices");
  }

  @Test
  void should_have_the_first_address_of_each_block_as_gateway() {
    assertThat(view(0).gateways()).containsExactly(ip("10.0.0.1"), ip("fd00:10::1"));
  }

  @Test
  void should_have_a_mac_of_its_own_by_its_name() {
    assertThat(view(0).hostMac()).matches("[0-9a-f][26ae](:[0-9a-f]{2}){5}");
    assertThat(view(0).hostMac()).isNotEqualTo(new NodeView("n2", settings(0)).hostMac());
  }

  @Test
  void should_take_the_mtu_of_the_uplink() {
    List<NetDevice> devices =
        List.of(
            device(1, "lo", 65536, true),
            device(2, "eth0", 9000, true),
            device(3, "wg0", 1420, true),
            device(4, "down0", 1000, false),
            device(5, "weirabc", 500, true));
    KernelRoute byDefault =
        KernelRoute.through(Prefix.parse("0.0.0.0/0"), ip("192.0.2.1"), 2, KernelRoute.STATIC);
    assertThat(view(0).mtu(devices, List.of(byDefault))).isEqualTo(9000);
    assertThat(view(0).mtu(devices, List.of(byDefault.inTable(100))))
        .as("no default route")
        .isEqualTo(1420);
    assertThat(view(0).mtu(List.of(devices.get(0)), List.of())).as("no uplink").isEqualTo(1500);
    assertThat(view(1300).mtu(devices, List.of(byDefault))).as("setting").isEqualTo(1300);
  }

  @Test
  void should_know_every_address_that_peers_can_see() {
    List<DeviceAddress> addresses =
        List.of(
            new DeviceAddress(1, ip("127.0.0.1"), 8),
            new DeviceAddress(1, ip("::1"), 128),
            new DeviceAddress(2, ip("fe80::1"), 64),
            new DeviceAddress(2, ip("169.254.1.1"), 16),
            new DeviceAddress(2, ip("192.0.2.10"), 24),
            new DeviceAddress(1, ip("198.51.100.1"), 32),
            new DeviceAddress(2, ip("2001:db8::10"), 64));
    assertThat(NodeView.addresses(addresses))
        .containsExactly(ip("192.0.2.10"), ip("198.51.100.1"), ip("2001:db8::10"));
  }

  @Test
  void should_be_host_by_all_its_addresses_and_gateways() {
    LocalNode node =
        view(0)
            .row(7, 1500, List.of(new DeviceAddress(2, ip("192.0.2.10"), 24)), 3, "/sys/fs/cgroup");
    assertThat(NodeView.identities(node).values())
        .allMatch(row -> row.identity() == Identity.HOST)
        .extracting(row -> row.prefix().toString())
        .containsExactly("10.0.0.1/32", "192.0.2.10/32", "fd00:10::1/128");
  }

  private static NodeView view(int mtu) {
    return new NodeView("n1", settings(mtu));
  }

  private static NodeSettings settings(int mtu) {
    return NodeSettings.of(CIDRS, true, true, mtu, "", List.of());
  }

  private static NetDevice device(int ifindex, String name, int mtu, boolean up) {
    return new NetDevice(ifindex, name, "veth", "02:00:00:00:00:01", mtu, up, 0, 0);
  }

  private static Address ip(String text) {
    return Address.parse(text);
  }

  @Test
  void should_refuse_a_cgroup_root_that_is_no_cgroup2(@TempDir Path directory) throws Exception {
    assertThatThrownBy(() -> NodeSettings.CGROUP_ROOT.value(directory + "", "etc/io.weir.cfg"))
        .hasMessage(
            "etc/io.weir.cfg: cgroup-root: expected the path of a directory of cgroup2, or nothing,"
                + " got \""
                + directory
                + '"');
    assertThatThrownBy(() -> NodeSettings.CGROUP_ROOT.value("weir", "file"))
        .hasMessageContaining("got \"weir\"");
    assertThat(NodeSettings.CGROUP_ROOT.value(" ", "file")).isEmpty();
    Path later = directory.resolve("later");
    assertThat(NodeSettings.CGROUP_ROOT.value(later + "", "file")).isEqualTo(later + "");
  }
}
