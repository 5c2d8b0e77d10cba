package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.datapath.MasqueradeSettings.Ports;
import io.weir.datapath.abi.NatLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the port of a masqueraded flow that timed out is another's: there is only one. */
@NeedsRoot
@NeedsKernel("veth")
class PortsKernelTest extends MasqueradeWorld {
  private static final int ONLY = 20_000;

  /** Of a clock that has one tick a second. */
  private static final FlowTimes TIMES = FlowTimes.usual(1);

  private FlowCollector collector;

  @BeforeEach
  void takeOnePort() {
    collector = new FlowCollector(node.kernel, event -> {});
    node.masquerading(new MasqueradeSettings(true, true, new Ports(ONLY, ONLY), List.of()));
    node.put();
  }

  private byte[] asks(boolean six) {
    return new Flows(node.kernel, Packet.TCP)
        .key(a.party().address(six), POD_PORT, SERVER.address(six), 80);
  }

  private byte[] answers(boolean six) {
    return new Flows(node.kernel, Packet.TCP).key(SERVER.address(six), 80, us.address(six), ONLY);
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
    assertThat(ask(a, POD_PORT, six, SYN).frame().sourcePort()).isEqualTo(ONLY);
    collect(six, 100);
    assertThat(ask(b, POD_PORT, six, SYN).verdict())
        .as("it may be answered yet")
        .isEqualTo("drop 241");
    collect(six, 130);
    assertThat(ask(b, POD_PORT, six, SYN).frame().sourcePort()).isEqualTo(ONLY);
  }
}
