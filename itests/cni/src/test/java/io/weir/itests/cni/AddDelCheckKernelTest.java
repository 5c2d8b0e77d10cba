package io.weir.itests.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A pod's life by the plugin, on a node whose policy a test puts in force. */
@NeedsRoot
@NeedsKernel("veth")
class AddDelCheckKernelTest {
  private final TestNode node = new TestNode();
  private final TestNetns pod = node.pod();

  @AfterEach
  void close() {
    pod.close();
    node.close();
  }

  @Test
  void should_connect_a_pod_to_node_and_outside_in_both_families() {
    TestNode.Said said = node.add(pod);
    assertThat(said.code()).as("%s", said).isZero();
    assertThat(said.out()).contains("\"address\":\"10.0.0.2/32\",\"gateway\":\"10.0.0.1\"");
    assertThat(said.out()).contains("\"address\":\"fd00:10::2/128\",\"gateway\":\"fd00:10::1\"");
    for (String peer : new String[] {"10.0.0.1", "fd00:10::1", "192.0.2.2", "2001:db8::2"}) {
      pod.run("busybox", "ping", "-c", "1", "-W", "2", peer);
    }
    node.netns.run("busybox", "ping", "-c", "1", "-W", "2", "10.0.0.2");
    node.netns.run("busybox", "ping", "-c", "1", "-W", "2", "fd00:10::2");
    assertThat(node.check(pod, said.out()).code()).isZero();
  }

  @Test
  void should_give_a_pod_addresses_routes_neighbours_and_the_mtu_of_the_uplink() {
    node.netns.run("ip", "link", "set", "uplink", "mtu", "1400");
    node.until(() -> node.engine.row().mtu() == 1400);
    TestNode.Said said = node.add(pod);

    assertThat(pod.run("ip", "-o", "link", "show", "dev", "eth0")).contains(" mtu 1400 ");
    assertThat(pod.run("ip", "-o", "address", "show", "dev", "eth0", "scope", "global"))
        .contains("inet 10.0.0.2/32 ", "inet6 fd00:10::2/128 ");
    assertThat(pod.run("ip", "-4", "route"))
        .isEqualToIgnoringWhitespace("default via 10.0.0.1 dev eth0 proto static onlink");
    assertThat(pod.run("ip", "-6", "route", "show", "default"))
        .startsWith("default via fd00:10::1 dev eth0 proto static");
    String mac = node.engine.row().hostMac();
    assertThat(pod.run("ip", "neighbour", "show", "nud", "permanent", "dev", "eth0").lines())
        .allMatch(line -> line.contains("lladdr " + mac + " PERMANENT"))
        .hasSize(2);

    String host = TestNode.hostInterface(said);
    assertThat(node.netns.run("ip", "-o", "link", "show", "dev", host))
        .contains("<BROADCAST,MULTICAST,UP,LOWER_UP>", " mtu 1400 ", "link/ether " + mac);
    assertThat(node.netns.run("ip", "-o", "address", "show", "dev", host)).isEmpty();
    assertThat(node.netns.run("ip", "route", "show", "dev", host)).startsWith("10.0.0.2 proto 87");
    assertThat(node.netns.run("ip", "-6", "route", "show", "dev", host))
        .startsWith("fd00:10::2 proto 87");
    assertThat(node.netns.run("ip", "neighbour", "show", "nud", "permanent", "dev", host).lines())
        .hasSize(2);
  }

  @Test
  void should_give_all_host_ends_one_mac_and_all_pods_another() {
    try (TestNetns second = node.pod()) {
      node.add(pod);
      node.add(second);
      assertThat(node.hostInterfaces())
          .hasSize(2)
          .allMatch(name -> TestNode.mac(node.netns, name).equals(node.engine.row().hostMac()));
      assertThat(TestNode.mac(pod, "eth0")).isNotEqualTo(TestNode.mac(second, "eth0"));
    }
  }

  @Test
  void should_refuse_a_second_ADD_and_leave_the_first_alone() {
    TestNode.Said said = node.add(pod);
    assertThat(node.add(pod).out())
        .isEqualTo(
            "{\"cniVersion\":\"1.0.0\",\"code\":100,\"msg\":\"attachment %s/eth0: expected none yet,"
                    .formatted(pod.name())
                + " got endpoint 1; call DEL first\"}\n");
    assertThat(node.check(pod, said.out()).code()).isZero();
  }

  @Test
  void should_leave_nothing_behind_however_often_DEL_is_called() {
    assertThat(node.del(pod).code()).as("before ADD").isZero();
    node.add(pod);
    for (int i = 0; i < 3; i++) {
      TestNode.Said said = node.del(pod);
      assertThat(said.code()).as("%s", said).isZero();
      assertThat(said.out()).isBlank();
    }
    nothingIsLeft();
    assertThat(pod.run("ip", "-o", "link").lines()).hasSize(1);
  }

  @Test
  void should_delete_a_pod_whose_namespace_has_gone() {
    try (TestNetns gone = node.pod()) {
      node.add(gone);
    }
    Path nowhere = Path.of("/run/netns/gone");
    assertThat(node.plugin("DEL", pod.name(), nowhere, node.conf("")).code()).isZero();
    assertThat(node.del(pod).code()).isZero();
  }

  @Test
  void should_add_a_container_again_whose_namespace_has_gone_without_a_DEL() {
    String container = "again";
    try (TestNetns first = node.pod()) {
      node.plugin("ADD", container, first.path(), node.conf(""));
    }
    node.until(() -> node.hostInterfaces().isEmpty());
    TestNode.Said said = node.plugin("ADD", container, pod.path(), node.conf(""));
    assertThat(said.code()).as("%s", said).isZero();
    assertThat(said.out()).as("not the address that was released just now").contains("10.0.0.3/32");
    pod.run("busybox", "ping", "-c", "1", "-W", "2", "10.0.0.1");
  }

  @Test
  void should_undo_an_ADD_whose_namespace_is_taken_by_another_interface() {
    pod.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "other");
    assertThat(node.add(pod).out())
        .contains(
            "\"code\":4,\"msg\":\"CNI_IFNAME: expected a name that no interface of the pod has yet,"
                + " got \\\"eth0\\\"\"");
    nothingIsLeft();
  }

  @Test
  void should_say_why_policy_cannot_be_put_in_force_and_undo_the_ADD() {
    node.engine.datapath().fail(Problem.of("map endpoints", "room", "1024 of 1024 entries"));
    assertThat(node.add(pod).out())
        .isEqualTo(
            "{\"cniVersion\":\"1.0.0\",\"code\":11,\"msg\":\"map endpoints: expected room,"
                + " got 1024 of 1024 entries\"}\n");
    nothingIsLeft();
    assertThat(pod.run("ip", "-o", "link").lines()).as("loopback alone").hasSize(1);
  }

  @Test
  void should_not_connect_the_node_with_itself() {
    TestNode.Said said = node.plugin("ADD", "self", node.netns.path(), node.conf(""));
    assertThat(said.out())
        .contains(
            "\"code\":4,\"msg\":\"CNI_NETNS: expected a network namespace of the pod's own, got %s, which is the node's\""
                .formatted(node.netns.path()));
  }

  @Test
  void should_collect_what_the_runtime_does_not_know_any_more() {
    try (TestNetns kept = node.pod()) {
      node.add(pod);
      node.add(kept);
      String valid =
          ",\"cni.dev/valid-attachments\":[{\"containerID\":\"%s\",\"ifname\":\"eth0\"}]"
              .formatted(kept.name());
      TestNode.Said said =
          node.plugin("GC", pod, node.conf(valid).replace("\"1.0.0\"", "\"1.1.0\""));
      assertThat(said.code()).as("%s", said).isZero();
      assertThat(node.engine.endpoints()).hasSize(1);
      assertThat(node.engine.endpoints().get(0).containerId()).isEqualTo(kept.name());
      assertThat(node.hostInterfaces()).hasSize(1);
      assertThat(node.plugin("STATUS", pod, node.conf("")).code()).isZero();
    }
  }

  @Test
  void should_take_all_pods_off_the_node() {
    node.add(pod);
    node.engine.cni.uninstall();
    nothingIsLeft();
    assertThat(node.add(pod).out()).as("Weir is off").contains("\"code\":11");
  }

  private void nothingIsLeft() {
    node.settle();
    assertThat(node.hostInterfaces()).isEmpty();
    assertThat(node.netns.run("ip", "route", "show", "proto", "87", "type", "unicast")).isEmpty();
    assertThat(node.engine.endpoints()).isEmpty();
    assertThat(node.engine.leases()).isEmpty();
  }
}
