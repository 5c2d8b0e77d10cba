package io.weir.itests.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever of a pod is broken, CHECK says it in a sentence. */
@NeedsRoot
@NeedsKernel("veth")
class CheckKernelTest {
  private final TestNode node = new TestNode();
  private final TestNetns pod = node.pod();
  private TestNode.Said added;
  private String host;
  private String hostMac;

  @BeforeEach
  void add() {
    added = node.add(pod);
    host = TestNode.hostInterface(added);
    hostMac = node.engine.row().hostMac();
    assertThat(node.check(pod, added.out())).extracting(TestNode.Said::code).isEqualTo(0);
  }

  @AfterEach
  void close() {
    pod.close();
    node.close();
  }

  @Test
  void should_miss_the_endpoint() {
    node.del(pod);
    assertThat(node.check(pod, added.out()).out())
        .contains(
            "\"code\":3,\"msg\":\"attachment %s/eth0: expected an endpoint, got none\""
                .formatted(pod.name()));
  }

  @Test
  void should_see_the_nodes_end() {
    node.netns.run("ip", "link", "set", host, "down");
    says(": " + host + ": expected an interface that is up, got one that is down");
    node.netns.run("ip", "link", "set", host, "up");
    node.netns.run("ip", "link", "set", host, "address", "02:00:00:00:00:99");
    says(": %s: expected MAC address %s, got 02:00:00:00:00:99".formatted(host, hostMac));
    node.netns.run("ip", "link", "delete", host);
    says(": " + host + ": expected an interface that is up, got none");
  }

  @Test
  void should_miss_the_way_to_the_pod() {
    node.netns.run("ip", "neighbour", "delete", "10.0.0.2", "dev", host);
    says(
        ": %s: expected permanent neighbour 10.0.0.2 at %s, got none"
            .formatted(host, TestNode.mac(pod, "eth0")));
  }

  @Test
  void should_miss_a_route_to_the_pod() {
    node.netns.run("ip", "route", "delete", "10.0.0.2", "dev", host);
    says(": %s: expected a route to 10.0.0.2/32, got none".formatted(host));
  }

  @Test
  void should_see_the_pods_end() {
    pod.run("ip", "link", "set", "eth0", "mtu", "1280");
    says(" inside: eth0: expected MTU 1500, as on the node's end, got 1280");
    pod.run("ip", "link", "set", "eth0", "down");
    says(" inside: eth0: expected an interface that is up, got one that is down");
    pod.run("ip", "link", "set", "eth0", "name", "eth9");
    says(" inside: eth0: expected an interface that is up, got none");
  }

  @Test
  void should_miss_an_address() {
    pod.run("ip", "address", "delete", "fd00:10::2/128", "dev", "eth0");
    says(" inside: eth0: expected address fd00:10::2, got none of it");
  }

  @Test
  void should_miss_the_way_out() {
    pod.run("ip", "-6", "route", "delete", "default");
    says(" inside: eth0: expected a default route through fd00:10::1, got none");
    pod.run("ip", "neighbour", "delete", "10.0.0.1", "dev", "eth0");
    says(" inside: eth0: expected permanent neighbour 10.0.0.1 at %s, got none".formatted(hostMac));
  }

  @Test
  void should_say_that_the_runtime_remembers_other_addresses() {
    assertThat(node.check(pod, added.out().replace("10.0.0.2/32", "10.0.0.9/32")).out())
        .contains(
            "endpoint 1 (default/%s): addresses: expected 10.0.0.9/32, fd00:10::2/128, got 10.0.0.2/32, fd00:10::2/128"
                .formatted(pod.name()));
  }

  @Test
  void should_say_why_policy_is_not_in_force() {
    node.engine.datapath().fail(Problem.of("map weir_policy", "room", "65536 of 65536 entries"));
    node.settle();
    assertThat(node.check(pod, added.out()).out())
        .contains(
            "\"code\":100,\"msg\":\"map weir_policy: expected room, got 65536 of 65536 entries\"");
  }

  private void says(String sentence) {
    assertThat(node.check(pod, added.out()).out())
        .isEqualTo(
            "{\"cniVersion\":\"1.0.0\",\"code\":100,\"msg\":\"endpoint 1 (default/%s)%s\"}\n"
                .formatted(pod.name(), sentence));
  }
}
