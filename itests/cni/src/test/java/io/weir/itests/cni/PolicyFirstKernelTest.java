package io.weir.itests.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A pod is never open first and closed later. The address that the next pod will get is flooded,
 * from another pod and from outside, from before its ADD until after it:
 *
 * <pre>
 *   outside 192.0.2.2 ---- node ---- 10.0.0.2  attacker
 *                               ---- 10.0.0.3  closed: a policy lets nothing in
 * </pre>
 */
@NeedsRoot
@NeedsKernel("veth")
class PolicyFirstKernelTest {
  private static final List<String> ADDRESSES = List.of("10.0.0.3", "fd00:10::3");

  private final TestCgroup cgroup = TestCgroup.create("cni");
  private final TestNode node = TestNode.enforcing(cgroup);
  private final TestNetns attacker = node.pod();
  private final TestNetns closed = node.pod();

  @BeforeEach
  void pods() {
    node.engine.write("Pod", attacker.name(), Map.of("app", "attacker"), Map.of());
    node.engine.write("Pod", closed.name(), Map.of("app", "closed"), Map.of());
    node.engine.write(
        "NetworkPolicy",
        "nothing-in",
        Map.of(),
        Map.of(
            "spec",
            Map.of(
                "podSelector",
                Map.of("matchLabels", Map.of("app", "closed")),
                "policyTypes",
                List.of("Ingress"))));
    node.outside.run("ip", "route", "add", "10.0.0.0/24", "via", "192.0.2.1");
    node.outside.run("ip", "route", "add", "fd00:10::/112", "via", "2001:db8::1");
    Flood.count(closed);
  }

  @AfterEach
  void close() {
    attacker.close();
    closed.close();
    node.close();
    cgroup.close();
  }

  @Test
  void should_let_nothing_forbidden_in_before_during_and_after_ADD() {
    node.engine.enforce();
    node.settle();
    added(node.add(attacker));
    try (Flood near = new Flood(node.linux, attacker, ADDRESSES);
        Flood far = new Flood(node.linux, node.outside, ADDRESSES)) {
      more(near, far);
      TestNode.Said said = added(node.add(closed));
      assertThat(said.out()).contains("10.0.0.3/32", "fd00:10::3/128");
      more(near, far);
      assertThat(Flood.arrived(closed)).isZero();
      hostMayEnter();
      open(near, far);
    }
  }

  @Test
  void should_not_answer_ADD_while_nobody_enforces() {
    node.engine.enforce();
    node.settle();
    added(node.add(attacker));
    node.engine.stopEnforcing();
    try (Flood near = new Flood(node.linux, attacker, ADDRESSES);
        Flood far = new Flood(node.linux, node.outside, ADDRESSES)) {
      CompletableFuture<TestNode.Said> add = CompletableFuture.supplyAsync(() -> node.add(closed));
      node.until(() -> node.engine.endpoints().size() == 2);
      more(near, far);
      assertThat(Flood.arrived(closed)).isZero();
      assertThat(add).isNotDone();
      node.engine.enforce();
      added(add.join());
      more(near, far);
      assertThat(Flood.arrived(closed)).isZero();
      open(near, far);
    }
  }

  /** The flood does arrive where nothing forbids it: without the policy, that is. */
  private void open(Flood near, Flood far) {
    node.engine.take("NetworkPolicy", "nothing-in");
    node.until(() -> Flood.arrived(closed) > 1000);
    more(near, far);
  }

  private void hostMayEnter() {
    for (String address : ADDRESSES) {
      node.netns.run("busybox", "ping", "-c", "1", "-W", "2", address);
    }
  }

  private void more(Flood near, Flood far) {
    for (Flood flood : List.of(near, far)) {
      long before = flood.sent();
      node.until(() -> flood.sent() > before + 5000);
    }
  }

  private static TestNode.Said added(TestNode.Said said) {
    assertThat(said.code()).as("%s", said).isZero();
    return said;
  }
}
