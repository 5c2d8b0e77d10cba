package io.weir.datapath;

import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.SkBuff;
import io.weir.linux.BpfProgram;
import io.weir.linux.TestRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long after a policy's last write the first packet of a live flow is dropped, while its
 * packets follow each other as fast as a thread sends them; and what a change costs that permits
 * more, in decisions of live flows.
 */
public final class PolicyHoldBenchmark {
  private static final int ROUNDS = "short".equals(System.getenv("BENCH")) ? 5 : 200;

  private PolicyHoldBenchmark() {}

  public static void main(String[] arguments) throws InterruptedException {
    try (TestNode node = new TestNode("hold")) {
      Pod a = node.pod(1, 1001);
      Pod b = node.pod(2, 1002);
      node.put();
      List<Long> nanos = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        nanos.add(round(node, a, b));
      }
      nanos.sort(null);
      row("policy's last write to the first packet dropped, p50", nanos.get(ROUNDS / 2));
      row("policy's last write to the first packet dropped, p99", nanos.get(ROUNDS * 99 / 100));
    }
  }

  private static long round(TestNode node, Pod a, Pod b) throws InterruptedException {
    CompiledPolicy open = node.open(b, Direction.INGRESS);
    node.policy(open);
    node.put();
    byte[] packet = Packet.udp(a.party(), 40000, b.party(), 80, false).bytes();
    node.run("from_pod", a.ifindex(), packet, 1);
    AtomicBoolean sending = new AtomicBoolean();
    AtomicLong dropped = new AtomicLong();
    BpfProgram program = node.kernel.program("from_pod");
    TestRun one = TestRun.of(packet).context(SkBuff.at(a.ifindex()));
    Thread sender =
        new Thread(
            () ->
                node.linux
                    .namespaces()
                    .call(
                        node.netns.path(),
                        () -> {
                          while (program.run(one).code() != TestNode.TC_SHOT) {
                            sending.set(true);
                          }
                          dropped.set(System.nanoTime());
                          return null;
                        }));
    sender.start();
    while (!sending.get()) {
      Thread.onSpinWait();
    }
    node.policy(node.isolated(b, Direction.INGRESS, Map.of()));
    node.put();
    long written = System.nanoTime();
    sender.join();
    return Math.max(0, dropped.get() - written);
  }

  private static void row(String name, long nanos) {
    System.out.printf(
        Locale.ROOT,
        "{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"us\",\"baseline\":null,\"ratio\":null,\"required\":null}%n",
        name,
        nanos / 1e3);
  }
}
