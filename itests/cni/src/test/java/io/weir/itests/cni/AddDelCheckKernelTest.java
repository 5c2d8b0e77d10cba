package io.weir.itests.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
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
    assertThat(pod.run("ip", "-o", "link", "show", "eth0")).contains("mtu 1500");
    assertThat(node.check(pod, said.out()).code()).isZero();
  }
}
