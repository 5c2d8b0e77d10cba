package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Uplink;
import io.weir.datapath.MasqueradeSettings.Ports;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.NatLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the port of a masqueraded flow that timed out is another's: there is only one. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PortsKernelTest {
  private static final Party SERVER = Party.outside("203.0.113.10", "2001:db8::10");
  private static final Party US = Party.outside("172.30.1.11", "fd30:1::11");
  private static final int POD_PORT = 40_000;
  private static final int ONLY = 20_000;

  /** Of a clock that has one tick a second. */
  private static final FlowTimes TIMES = FlowTimes.usual(1);

  private TestNode node;
  private TestNetns outside;
  private Uplink uplink;
  private Pod a;
  private Pod b;
  private FlowCollector collector;

  @BeforeAll
  void open() {
    node = new TestNode("ports");
    outside = TestNetns.create("outside");
    uplink = node.uplink(1, outside);
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
    collector = new FlowCollector(node.kernel, event -> {});
  }

  @AfterAll
  void close() {
    node.close();
    outside.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
    node.masquerading(new MasqueradeSettings(true, true, new Ports(ONLY, ONLY), List.of()));
    node.put();
  }

  private Outcome ask(Pod pod, boolean six, int flags) {
    return node.fromPod(pod, Packet.tcp(pod.party(), POD_PORT, SERVER, 80, six, flags));
  }

  private byte[] asks(boolean six) {
    return new Flows(node.kernel, Packet.TCP)
        .key(a.party().address(six), POD_PORT, SERVER.address(six), 80);
  }

  private byte[] answers(boolean six) {
    return new Flows(node.kernel, Packet.TCP).key(SERVER.address(six), 80, US.address(six), ONLY);
  }

  /** A walk so many ticks after the last packet of a's flow. */
  private void collect(boolean six, int later) {
    int seen =
        NatLayout.seen(node.kernel.map(six ? "nat6" : "nat4").lookup(asks(six)).orElseThrow(), 0);
    collector.collect(six ? FlowFamily.IPV6 : FlowFamily.IPV4, TIMES, seen + later);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_free_the_port_of_a_connection_that_nobody_answered(boolean six) {
    assertThat(ask(a, six, SYN).frame().sourcePort()).isEqualTo(ONLY);
    collect(six, 100);
    assertThat(ask(b, six, SYN).verdict()).as("it may be answered yet").isEqualTo("drop 241");
    collect(six, 130);
    assertThat(ask(b, six, SYN).frame().sourcePort()).isEqualTo(ONLY);
  }
}
