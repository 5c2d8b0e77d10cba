package io.weir.itests.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

@NeedsRoot
@NeedsKernel("veth")
class TestNetnsKernelTest {
  @Test
  void should_join_two_namespaces_and_leave_nothing() {
    Path path;
    try (TestNetns a = TestNetns.create("testing");
        TestNetns b = TestNetns.create("testing")) {
      path = a.path();
      a.veth("to-b", b, "to-a");
      a.address("to-b", "10.1.1.1/24");
      a.address("to-b", "fd01::1/64");
      b.address("to-a", "10.1.1.2/24");
      b.address("to-a", "fd01::2/64");
      assertThat(a.run("busybox", "ping", "-c1", "-W2", "10.1.1.2")).contains("1 packets received");
      assertThat(b.ifindex("to-a")).isPositive();
    }
    assertThat(Files.exists(path)).isFalse();
  }
}
