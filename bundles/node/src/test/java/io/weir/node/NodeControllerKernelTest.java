package io.weir.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.api.Problem;
import io.weir.api.StateFiles;
import io.weir.api.row.Address;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.SettingValue;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import io.weir.linux.Linux;
import io.weir.state.SettingsService;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node in a namespace of its own. */
@NeedsRoot
@NeedsKernel("veth")
class NodeControllerKernelTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final TestNetns netns = TestNetns.create("node");
  private final TestNetns outside = TestNetns.create("node-out");
  private final Linux linux = Linux.open();
  private final TableStore tables = new TableStore();
  private final Epoch<WeirTables.SettingSourceKey, SettingValue> written =
      tables.table(WeirTables.SETTINGS).write(Owner.of("io.weir.test"));
  private final SettingsService settings = new SettingsService(tables, Map.of());
  private NodeController controller;

  @TempDir Path base;

  @BeforeEach
  void start() throws Exception {
    netns.veth("uplink", outside, "eth0");
    netns.address("uplink", "192.0.2.1/24");
    netns.address("uplink", "2001:db8::1/64");
    netns.run("ip", "link", "set", "uplink", "mtu", "1400");
    netns.run("ip", "route", "add", "default", "via", "192.0.2.2");
    open();
  }

  private void open() throws Exception {
    StateFiles files = new StateDirectory(new StateFiles.Places("n1", base, base, base));
    controller =
        linux
            .namespaces()
            .call(netns.path(), () -> new NodeController(tables, files, settings, linux));
    assertThat(tables.settle(LIMIT)).isTrue();
  }

  @AfterEach
  void close() {
    controller.stop();
    linux.close();
    netns.close();
    outside.close();
  }

  @Test
  void should_say_what_the_node_is() {
    LocalNode node = row();
    assertThat(node.name()).isEqualTo("n1");
    assertThat(node.addresses())
        .extracting(Address::toString)
        .containsExactly("10.0.0.1", "192.0.2.1", "2001:db8::1", "fd00:10::1");
    assertThat(node.mtu()).isEqualTo(1400);
    assertThat(node.netnsCookie()).isEqualTo(linux.namespaces().cookie(netns.path())).isNotZero();
    assertThat(identities()).containsExactlyInAnyOrderElementsOf(hosts(node));
  }

  @Test
  void should_make_the_device_of_the_gateways() {
    assertThat(netns.run("ip", "-o", "address", "show", "dev", "weir_host").lines())
        .hasSize(2)
        .anyMatch(line -> line.contains("inet 10.0.0.1/32"))
        .anyMatch(line -> line.contains("inet6 fd00:10::1/128"));
    assertThat(netns.run("ip", "-o", "link", "show", "dev", "weir_host"))
        .contains(",UP,LOWER_UP>", "mtu 1400", "link/ether " + row().hostMac());
    assertThat(row().hostIfindex()).isEqualTo(netns.ifindex("weir_host"));
  }

  @Test
  void should_take_the_device_over_and_change_nothing() throws Exception {
    LocalNode before = row();
    String device = netns.run("ip", "-o", "address") + netns.run("ip", "-o", "link");
    long revision = tables.table(WeirTables.LOCAL_NODE).snapshot().revision();
    controller.stop();
    open();
    assertThat(row()).isEqualTo(before);
    assertThat(tables.table(WeirTables.LOCAL_NODE).snapshot().revision()).isEqualTo(revision);
    assertThat(netns.run("ip", "-o", "address") + netns.run("ip", "-o", "link")).isEqualTo(device);
  }

  @Test
  void should_see_an_address_that_comes_and_one_that_goes() {
    netns.address("uplink", "198.51.100.7/24");
    until(() -> row().addresses().contains(Address.parse("198.51.100.7")));
    assertThat(identities()).containsExactlyInAnyOrderElementsOf(hosts(row()));
    netns.run("ip", "address", "delete", "198.51.100.7/24", "dev", "uplink");
    until(() -> !row().addresses().contains(Address.parse("198.51.100.7")));
    assertThat(identities()).containsExactlyInAnyOrderElementsOf(hosts(row()));
  }

  @Test
  void should_repair_the_device() {
    netns.run("ip", "link", "delete", "weir_host");
    until(
        () ->
            netns.tryRun("ip", "address", "show", "dev", "weir_host").out().contains("fd00:10::1"));
    netns.run("ip", "address", "delete", "10.0.0.1/32", "dev", "weir_host");
    netns.run("ip", "link", "set", "weir_host", "down");
    until(
        () -> {
          String now = netns.run("ip", "address", "show", "dev", "weir_host");
          return now.contains("10.0.0.1/32") && now.contains(",UP");
        });
  }

  @Test
  void should_follow_settings_while_it_runs() {
    set("pod-cidr", "10.7.0.0/24,fd07::/112");
    until(() -> row().gateways().contains(Address.parse("10.7.0.1")));
    set("enable-ipv6", "false");
    set("mtu", "1280");
    until(
        () -> row().podCidrs().equals(List.of(Prefix.parse("10.7.0.0/24"))) && row().mtu() == 1280);
    until(
        () ->
            netns
                .run("ip", "-o", "address", "show", "dev", "weir_host", "scope", "global")
                .lines()
                .toList()
                .toString()
                .matches(".*inet 10\\.7\\.0\\.1/32[^,]*"));
  }

  @Test
  void should_warn_of_a_device_without_ethernet_as_long_as_it_is_named() {
    assumeTrue(
        netns.tryRun("ip", "tuntap", "add", "tun0", "mode", "tun").code() == 0, "no /dev/net/tun");
    netns.address("tun0", "198.51.100.66/32");
    set("devices", "uplink tun0");
    until(() -> !warnings().isEmpty());
    assertThat(warnings()).singleElement().asString().startsWith("devices: ").contains("got tun0");
    assertThat(tables.table(WeirTables.UPLINKS).snapshot().get("tun0")).isEmpty();
    set("devices", "uplink");
    until(() -> warnings().isEmpty());
  }

  private List<String> warnings() {
    return tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().rows().stream()
        .filter(row -> row.key().bundle().equals("io.weir.node"))
        .flatMap(row -> row.value().warnings().stream())
        .map(Problem::sentence)
        .toList();
  }

  @Test
  void should_take_the_device_off_the_node() {
    controller.uninstall();
    assertThat(netns.run("ip", "-o", "link").lines()).noneMatch(line -> line.contains("weir"));
  }

  private LocalNode row() {
    return tables.table(WeirTables.LOCAL_NODE).snapshot().get(LocalNode.KEY).orElseThrow();
  }

  private List<Prefix> identities() {
    return tables.table(WeirTables.PREFIX_IDENTITIES).snapshot().rows().stream()
        .filter(row -> row.value().identity() == Identity.HOST)
        .map(row -> row.key())
        .toList();
  }

  private static List<Prefix> hosts(LocalNode node) {
    return node.addresses().stream().map(Prefix::host).toList();
  }

  private void set(String key, String text) {
    written.put(new WeirTables.SettingSourceKey(key, "test"), new SettingValue(key, text, "test"));
  }

  private static void until(BooleanSupplier so) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!so.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not so within %s", LIMIT).isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }
}
