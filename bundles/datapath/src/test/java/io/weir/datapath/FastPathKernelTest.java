package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.TestRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a packet of an established flow costs, against a bare look-up of the same run. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FastPathKernelTest {
  private static final int ROUNDS = 7;
  private static final int RUNS = Integer.getInteger("weir.runs", 200_000);

  /** Measured are 1.5 to 2; the machine's noise must not be taken for a mistake. */
  private static final double MOST = 4;

  private TestNode node;
  private Pod a;
  private Pod b;
  private BpfObject floor;

  @BeforeAll
  void open() throws IOException {
    node = new TestNode("fast");
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
    floor = TestObject.load(node, "floor");
    fill("map4", 16);
    fill("map6", 40);
  }

  private void fill(String name, int keyBytes) {
    ByteBuffer key = ByteBuffer.allocate(keyBytes).order(ByteOrder.nativeOrder());
    key.putInt(1).putInt(2).putInt(3).putInt(4);
    try (BpfMap map = floor.map(name)) {
      map.update(key.array(), new byte[64]);
    }
  }

  @AfterAll
  void close() {
    floor.close();
    node.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_cost_little_more_than_one_look_up(boolean six) {
    byte[] packet = Packet.tcp(a.party(), 40000, b.party(), 80, six, Packet.ACK).bytes();
    node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 80, six, Packet.SYN));
    node.fromPod(a, packet);
    List<Integer> empty = new ArrayList<>();
    List<Integer> lookup = new ArrayList<>();
    List<Integer> established = new ArrayList<>();
    try (BpfProgram nothing = floor.program("empty");
        BpfProgram bare = floor.program(six ? "lookup6" : "lookup4")) {
      for (int round = 0; round < ROUNDS; round++) {
        empty.add(nothing.run(TestRun.of(packet).repeat(RUNS)).nanos());
        lookup.add(bare.run(TestRun.of(packet).repeat(RUNS)).nanos());
        established.add(node.run("from_pod", a.ifindex(), packet, RUNS).nanos());
      }
    }
    double floorNanos = median(lookup) - median(empty);
    double nanos = median(established) - median(empty);
    String figures =
        "empty %d, look-up +%.0f, established +%.0f ns".formatted(median(empty), floorNanos, nanos);
    assertThat(nanos / Math.max(1, floorNanos)).as(figures).isLessThan(MOST);
  }

  @Test
  void should_not_leave_the_fast_path_while_nothing_changes() {
    try (TestNode own = new TestNode("path")) { // its maps are spoilt
      Pod one = own.pod(1, 1001);
      Pod two = own.pod(2, 1002);
      own.put();
      byte[] packet = Packet.udp(one.party(), 40000, two.party(), 80, false).bytes();
      own.fromPod(one, packet);
      own.kernel.clear("endpoints");
      assertThat(own.fromPod(one, packet).verdict()).isEqualTo("redirect");
    }
  }

  private static int median(List<Integer> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }
}
