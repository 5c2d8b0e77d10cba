package io.weir.datapath;

import io.weir.api.row.Uplink;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.TestPins;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * A node with a pod, and a router and a server that know nothing of pods. The programs may be
 * attached as an engine does it, with all that it pins.
 *
 * <pre>
 *   pod ── node (172.30.1.11) ── (172.30.1.1) router (203.0.113.1) ── (203.0.113.10) server
 * </pre>
 */
final class OutsideNode implements AutoCloseable {
  static final String SERVER4 = "203.0.113.10";
  static final String SERVER6 = "2001:db8::10";

  final TestNode node;
  final TestNetns router;
  final TestNetns server;
  final Uplink uplink;
  final Pod pod;

  /** Where an engine would have {@code /sys/fs/bpf/weir/NODE}. */
  final Path root;

  private final TestPins pins;

  OutsideNode(String purpose) {
    node = new TestNode(purpose);
    router = TestNetns.create("router");
    server = TestNetns.create("server");
    for (TestNetns each :
        List.of(node.netns, router, server)) { // who looks for duplicates asks nobody
      each.run("sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/default/dad_transmits");
    }
    uplink = node.uplink(1, router);
    pod = node.pod(1, 1001);
    wireServer();
    Wires.prepare(node);
    Wires.route(node, pod);
    node.put();
    pins = TestPins.create(purpose);
    root = pins.path().resolve("n1");
  }

  private void wireServer() {
    router.veth("eth1", server, "eth0");
    for (String each : List.of("203.0.113.1/24", "2001:db8::1/64")) {
      router.address("eth1", each);
    }
    for (String each : List.of(SERVER4 + "/24", SERVER6 + "/64")) {
      server.address("eth0", each);
    }
    server.run("ip", "route", "add", "default", "via", "203.0.113.1");
    server.run("ip", "-6", "route", "add", "default", "via", "2001:db8::1");
    for (String key : List.of("ipv4/ip_forward", "ipv6/conf/all/forwarding")) {
      router.run("sh", "-c", "echo 1 >/proc/sys/net/" + key);
    }
    for (TestNetns each : List.of(node.netns, router, server)) { // tests ask often
      each.run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/icmp_ratelimit");
      each.run("sh", "-c", "echo 0 >/proc/sys/net/ipv6/icmp/ratelimit");
    }
  }

  static String server(boolean six) {
    return six ? SERVER6 : SERVER4;
  }

  /** Attaches an engine's programs, over the maps that {@code node} fills. */
  void attach(Interfaces.Way way) {
    for (String name : Abi.MAPS.keySet()) {
      Path pin = PinnedMaps.pin(root.resolve("maps"), name);
      Pins.directory(pin.getParent());
      node.kernel.map(name).pin(pin);
    }
    with(
        way,
        kernel -> {
          kernel.attachUplink(uplink.ifindex());
          kernel.attach(pod.ifindex(), pod.device());
        });
  }

  /** What is pinned, open as long as {@code work} takes. */
  void with(Interfaces.Way way, Consumer<PinnedKernel> work) {
    inside(
        () -> {
          try (PinnedKernel kernel = new PinnedKernel(node.linux, root, new BuiltObjects(), way)) {
            work.accept(kernel);
          }
        });
  }

  /** In the node's namespace, whose interfaces have its numbers. */
  void inside(Runnable work) {
    node.linux
        .namespaces()
        .call(
            node.netns.path(),
            () -> {
              work.run();
              return null;
            });
  }

  @Override
  public void close() {
    pins.close();
    node.close();
    server.close();
    router.close();
  }
}
