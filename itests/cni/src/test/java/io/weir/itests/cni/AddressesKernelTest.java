package io.weir.itests.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pod CIDR of which one IPv4 address is left, and a clock that a test moves. */
@NeedsRoot
@NeedsKernel("veth")
class AddressesKernelTest {
  private final HandClock clock = new HandClock();
  private final TestNode node =
      new TestNode(clock, Map.of("pod-cidr", "10.0.0.0/29,fd00:10::/112"));
  private final TestNetns pod = node.pod();
  private final List<TestNetns> others = new ArrayList<>();

  @BeforeEach
  void four() {
    for (int i = 0; i < 4; i++) {
      TestNetns other = node.pod();
      others.add(other);
      TestNode.Said said = node.add(other);
      assertThat(said.code()).as("%s", said).isZero();
    }
  }

  @AfterEach
  void close() {
    others.forEach(TestNetns::close);
    pod.close();
    node.close();
  }

  @Test
  void should_say_through_the_plugin_that_the_pod_cidr_is_full() {
    node.add(pod);
    try (TestNetns late = node.pod()) {
      TestNode.Said said = node.add(late);
      assertThat(said.code()).isEqualTo(1);
      assertThat(said.out())
          .isEqualTo(
              "{\"cniVersion\":\"1.0.0\",\"code\":11,\"msg\":\"pod-cidr 10.0.0.0/29: expected a free address"
                  + " for pod default/%s, got 5 in use; delete pods, or set a larger pod-cidr\"}\n"
                      .formatted(late.name()));
      assertThat(late.run("ip", "-o", "link").lines()).as("loopback alone").hasSize(1);
    }
    assertThat(node.hostInterfaces()).hasSize(5);
  }

  @Test
  void should_not_give_an_address_again_within_60_seconds_of_its_release() {
    assertThat(node.add(pod).out()).contains("10.0.0.6/32");
    node.del(pod);
    clock.pass(Duration.ofSeconds(60).minusNanos(1));
    assertThat(node.add(pod).out())
        .contains("got 4 in use and 1 released less than 60 s ago; delete pods");
    clock.pass(Duration.ofNanos(1));
    assertThat(node.add(pod).out()).contains("10.0.0.6/32");
  }

  @Test
  void should_remember_a_release_over_a_restart() {
    node.add(pod);
    node.del(pod);
    node.stop();
    node.start();
    assertThat(node.add(pod).out()).contains("\"code\":11", "1 released less than 60 s ago");
  }

  @Test
  void should_give_IPv6_only_where_IPv4_is_off() {
    node.engine.set("enable-ipv4", "false");
    node.until(() -> node.engine.row().podCidrs().size() == 1);
    assertThat(node.add(pod).out()).contains("\"ips\":[{\"interface\":1,\"address\":\"fd00:10::");
    assertThat(pod.run("ip", "-4", "-o", "address", "show", "dev", "eth0")).isEmpty();
    pod.run("busybox", "ping", "-c", "1", "-W", "2", "2001:db8::2");
  }
}
