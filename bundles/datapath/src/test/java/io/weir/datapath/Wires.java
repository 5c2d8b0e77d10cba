package io.weir.datapath;

import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.TestNetns;
import io.weir.linux.AttachType;
import io.weir.linux.BpfLink;
import io.weir.linux.BpfProgram;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What makes a node's packets real: addresses, routes and forwarding as an engine and its CNI
 * plugin set them, and the programs at both hooks of each pod's veth.
 */
final class Wires implements AutoCloseable {
  private final TestNode node;
  private final Map<BpfLink, String> links = new LinkedHashMap<>();

  Wires(TestNode node) {
    this.node = node;
    prepare(node);
  }

  /** The node's own addresses, and that it forwards. */
  static void prepare(TestNode node) {
    TestNetns host = node.netns;
    host.run("ip", "link", "add", "weir_host", "type", "bridge");
    host.run("ip", "link", "set", "weir_host", "up");
    host.address("weir_host", node.host.address4() + "/32");
    host.address("weir_host", node.host.address6() + "/128");
    for (String key : List.of("ipv4/ip_forward", "ipv6/conf/all/forwarding")) {
      host.run("sh", "-c", "echo 1 >/proc/sys/net/" + key);
    }
  }

  /** Addresses and routes of a pod, on both ends of its veth. */
  static void route(TestNode node, Pod pod) {
    for (boolean six : new boolean[] {false, true}) {
      String address = pod.party().address(six) + (six ? "/128" : "/32");
      String gateway = node.host.address(six).toString();
      String family = six ? "-6" : "-4";
      node.netns.run("ip", family, "route", "add", address, "dev", pod.device());
      pod.inside().address("eth0", address);
      pod.inside().run("ip", family, "route", "add", gateway, "dev", "eth0");
      pod.inside().run("ip", family, "route", "add", "default", "via", gateway, "dev", "eth0");
    }
  }

  void connect(Pod pod) {
    route(node, pod);
    node.linux
        .namespaces()
        .call(
            node.netns.path(),
            () -> {
              attach(pod, "from_pod", AttachType.TCX_INGRESS);
              attach(pod, "to_pod", AttachType.TCX_EGRESS);
              return null;
            });
  }

  private void attach(Pod pod, String program, AttachType where) {
    links.put(
        node.linux.bpf().attachToInterface(node.kernel.program(program), pod.ifindex(), where),
        program);
  }

  /** Puts others in the place of all programs, by their names. */
  void replace(Function<String, BpfProgram> programs) {
    links.forEach((link, name) -> link.update(programs.apply(name)));
  }

  /** A machine outside, {@link TestNode#WORLD}, on a link of its own; pods' addresses lead here. */
  TestNetns outside() {
    TestNetns outside = TestNetns.create("outside");
    node.netns.veth("up0", outside, "eth0");
    node.netns.address("up0", "192.0.2.1/24");
    node.netns.address("up0", "2001:db8::1/64");
    outside.address("eth0", TestNode.WORLD.address4() + "/24");
    outside.address("eth0", TestNode.WORLD.address6() + "/64");
    outside.run("ip", "-4", "route", "add", "10.0.0.0/24", "via", "192.0.2.1");
    outside.run("ip", "-6", "route", "add", "fd00:10::/64", "via", "2001:db8::1");
    return outside;
  }

  @Override
  public void close() {
    links.keySet().forEach(BpfLink::close);
  }
}
