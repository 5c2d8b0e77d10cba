package io.weir.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.KernelCheck.Difference;
import io.weir.api.StateFiles;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.Route;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Status;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import io.weir.linux.Linux;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes, masquerade and sysctls of a node in a namespace of its own. */
@NeedsRoot
@NeedsKernel("veth")
class RoutingControllerKernelTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private final TestNetns netns = TestNetns.create("routing");
  private final TestNetns other = TestNetns.create("routing-out");
  private final Linux linux = Linux.open();
  private final TableStore tables = new TableStore();
  private final Epoch<Prefix, Route> routes =
      tables.table(WeirTables.ROUTES).write(Owner.of("io.weir.test"));
  private final Epoch<String, LocalNode> nodes =
      tables.table(WeirTables.LOCAL_NODE).write(Owner.of("io.weir.test"));
  private RoutingController controller;

  @TempDir Path base;

  @BeforeEach
  void start() throws Exception {
    netns.veth("uplink", other, "eth0");
    netns.veth("weirpod", other, "eth1");
    netns.address("uplink", "192.0.2.1/24");
    sysctl("net.ipv4.ip_forward", "0");
    sysctl("net.ipv4.conf.all.rp_filter", "1");
    sysctl("net.ipv4.conf.uplink.rp_filter", "0");
    sysctl("net.ipv6.conf.all.forwarding", "0");
    sysctl("net.ipv6.conf.uplink.accept_ra", "1");
    netns.run("ip", "route", "add", "203.0.113.0/24", "dev", "uplink");
    netns.run("ip", "route", "add", "10.0.0.77/32", "dev", "uplink", "proto", "87");
    nodes.put(LocalNode.KEY, node());
    nodes.synced();
    put("10.0.0.2/32", "weirpod");
    put("fd00:10::2/128", "weirpod");
    open();
  }

  private void open() throws Exception {
    StateFiles files = new StateDirectory(new StateFiles.Places("n1", base, base, base));
    controller =
        linux.namespaces().call(netns.path(), () -> new RoutingController(tables, files, linux));
    routes.synced();
    assertThat(tables.settle(LIMIT)).isTrue();
  }

  @AfterEach
  void close() {
    controller.stop();
    linux.close();
    netns.close();
    other.close();
  }

  @Test
  void should_put_routes_in_force_remove_its_stale_ones_and_leave_others_alone() throws Exception {
    assertThat(ipv4())
        .containsExactlyInAnyOrder(
            "unreachable 10.0.0.0/24 proto 87 metric 1073741824",
            "10.0.0.2 dev weirpod proto 87 scope link",
            "192.0.2.0/24 dev uplink proto kernel scope link src 192.0.2.1",
            "203.0.113.0/24 dev uplink scope link");
    assertThat(netns.run("ip", "-6", "route", "show", "proto", "87"))
        .contains("fd00:10::2 dev weirpod ", "unreachable fd00:10::/112 dev lo ");
    assertThat(statusOf("10.0.0.2/32")).isEqualTo(Status.DONE);

    routes.remove(Prefix.parse("10.0.0.2/32"));
    assertThat(tables.settle(LIMIT)).isTrue();
    assertThat(ipv4()).noneMatch(line -> line.startsWith("10.0.0.2 "));
  }

  @Test
  void should_write_nothing_to_the_kernel_when_it_starts_again() throws Exception {
    Process monitor = netns.start("ip", "-o", "monitor", "route");
    controller.stop();
    open();
    put("10.0.0.3/32", "weirpod"); // the control, and the end of the wait
    assertThat(tables.settle(LIMIT)).isTrue();
    assertThat(monitor.inputReader().readLine()).startsWith("10.0.0.3 dev weirpod");
    monitor.destroy();
    monitor.waitFor();
  }

  @Test
  void should_say_what_is_missing_and_go_on_when_it_is_there() throws Exception {
    put("10.0.0.9/32", "weirlate");
    assertThat(tables.settle(LIMIT)).isTrue();
    assertThat(((Status.Failed) statusOf("10.0.0.9/32")).problem().sentence())
        .isEqualTo("route 10.0.0.9/32: expected a device weirlate, got none");
    netns.veth("weirlate", other, "eth2");
    until(() -> statusOf("10.0.0.9/32").equals(Status.DONE));
    assertThat(ipv4()).contains("10.0.0.9 dev weirlate proto 87 scope link");
  }

  @Test
  void should_name_and_repair_each_route_that_differs() {
    assertThat(controller.differences()).isEmpty();
    netns.run("ip", "route", "delete", "10.0.0.2");
    netns.run("ip", "route", "delete", "unreachable", "10.0.0.0/24");
    netns.run("ip", "route", "add", "10.0.0.99/32", "dev", "weirpod", "proto", "87");
    netns.run("ip", "-6", "route", "replace", "fd00:10::2/128", "dev", "uplink", "proto", "87");
    assertThat(controller.differences())
        .containsExactlyInAnyOrder(
            new Difference("route 10.0.0.0/24", "unreachable, metric 1073741824", "nothing"),
            new Difference("route 10.0.0.2/32", "dev weirpod", "nothing"),
            new Difference("route fd00:10::2/128", "dev weirpod", "dev uplink"),
            new Difference("route 10.0.0.99/32", "nothing", "dev weirpod"));
    controller.repair();
    assertThat(controller.differences()).isEmpty();
  }

  @Test
  void should_repair_what_others_have_taken_away() {
    netns.run("ip", "route", "delete", "10.0.0.2");
    sysctl("net.ipv4.ip_forward", "0");
    until(
        () ->
            ipv4().contains("10.0.0.2 dev weirpod proto 87 scope link")
                && sysctl("net.ipv4.ip_forward").equals("1"));
  }

  @Test
  void should_remove_the_table_by_which_engines_before_masqueraded() throws Exception {
    controller.stop();
    for (String table : List.of("weir_n1", "weir_n2")) {
      netns.run("nft", "add", "table", "inet", table);
    }
    open();
    assertThat(netns.run("nft", "list", "tables").strip()).isEqualTo("table inet weir_n2");
  }

  @Test
  void should_forward_and_keep_what_was_in_force_for_devices_of_others() {
    assertThat(sysctl("net.ipv4.ip_forward")).isEqualTo("1");
    assertThat(sysctl("net.ipv6.conf.all.forwarding")).isEqualTo("1");
    assertThat(sysctl("net.ipv4.conf.all.rp_filter")).isEqualTo("0");
    assertThat(sysctl("net.ipv4.conf.uplink.rp_filter")).isEqualTo("1");
    assertThat(sysctl("net.ipv6.conf.uplink.accept_ra")).isEqualTo("2");
  }

  @Test
  void should_put_all_back_when_it_is_taken_off_the_node() throws Exception {
    controller.stop();
    open(); // what was there before is known over a restart
    linux
        .namespaces()
        .call(
            netns.path(),
            () -> {
              controller.uninstall();
              return controller;
            });
    assertThat(sysctl("net.ipv4.ip_forward")).isEqualTo("0");
    assertThat(sysctl("net.ipv6.conf.all.forwarding")).isEqualTo("0");
    assertThat(sysctl("net.ipv4.conf.all.rp_filter")).isEqualTo("1");
    assertThat(sysctl("net.ipv4.conf.uplink.rp_filter")).isEqualTo("0");
    assertThat(sysctl("net.ipv6.conf.uplink.accept_ra")).isEqualTo("1");
    assertThat(ipv4())
        .containsExactlyInAnyOrder(
            "192.0.2.0/24 dev uplink proto kernel scope link src 192.0.2.1",
            "203.0.113.0/24 dev uplink scope link");
    assertThat(netns.run("ip", "-6", "route", "show", "proto", "87")).isEmpty();
  }

  private List<String> ipv4() {
    return netns.run("ip", "-4", "route").lines().map(String::strip).toList();
  }

  private void put(String prefix, String device) {
    routes.put(Prefix.parse(prefix), new Route(Prefix.parse(prefix), device, List.of()));
  }

  private Status statusOf(String prefix) {
    return tables.table(WeirTables.ROUTES).status(Prefix.parse(prefix)).get("io.weir.routing");
  }

  private void sysctl(String name, String value) {
    netns.run("sysctl", "-qw", name + "=" + value);
  }

  private String sysctl(String name) {
    return netns.run("sysctl", "-n", name).strip();
  }

  private static LocalNode node() {
    List<Prefix> cidrs = List.of(Prefix.parse("10.0.0.0/24"), Prefix.parse("fd00:10::/112"));
    return new LocalNode(
        "n1", List.of(), cidrs, List.of(), "weir_host", 2, "02:00:00:00:00:01", 1500, 0, "/");
  }

  private static void until(BooleanSupplier so) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!so.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not so within %s", LIMIT).isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }
}
