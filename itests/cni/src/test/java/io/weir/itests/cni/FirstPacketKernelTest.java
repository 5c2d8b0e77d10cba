package io.weir.itests.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When ADD has answered, packets pass: the first one to a pod, and the first one from it. */
@NeedsRoot
@NeedsKernel("veth")
class FirstPacketKernelTest {
  private static final int PODS = 60;

  private final TestNode node = new TestNode();

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void should_not_lose_the_first_packet_of_a_pod_nor_to_it() {
    for (int i = 0; i < PODS; i++) {
      try (TestNetns pod = node.pod()) {
        assertThat(node.add(pod).code()).isZero();
        if (i % 2 == 0) {
          pod.run("busybox", "ping", "-c", "1", "-W", "1", "fd00:10::1");
        } else {
          String address = node.engine.endpoints().get(0).addresses().get(1).toString();
          node.netns.run("busybox", "ping", "-c", "1", "-W", "1", address);
        }
        node.del(pod);
      }
    }
  }
}
