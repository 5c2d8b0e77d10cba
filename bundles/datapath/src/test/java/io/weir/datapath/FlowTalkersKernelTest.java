package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.datapath.FlowPressure.Table;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Flow4KeyLayout;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.NeedsRoot;
import io.weir.linux.BpfMap;
import io.weir.linux.Linux;
import io.weir.linux.MapSpec;
import io.weir.linux.MapType;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who fills a table: whoever began the flows. */
@NeedsRoot
class FlowTalkersKernelTest {
  private static final PodNames PODS =
      new PodNames(Map.of(1, "default/a", 2, "default/b", 3, "default/c"));

  private int port;

  private void flow(BpfMap flows, int ifindex, int redirect, int flags) {
    byte[] key = new byte[Flow4KeyLayout.SIZE];
    Flow4KeyLayout.sourcePort(key, 0, ++port);
    byte[] flow = new byte[FlowLayout.SIZE];
    FlowLayout.ifindex(flow, 0, ifindex);
    FlowLayout.redirect(flow, 0, redirect);
    FlowLayout.flags(flow, 0, flags);
    flows.update(key, flow);
  }

  @Test
  void should_name_the_pods_that_began_most_flows() {
    MapSpec spec = new MapSpec("flows", MapType.HASH, Flow4KeyLayout.SIZE, FlowLayout.SIZE, 64, 0);
    try (Linux linux = Linux.open();
        BpfMap flows = linux.bpf().createMap(spec)) {
      for (int i = 0; i < 5; i++) { // b asks a
        flow(flows, 2, 1, Abi.FLOW_INITIATOR);
        flow(flows, 1, 2, 0);
      }
      for (int i = 0; i < 3; i++) { // a asks the outside
        flow(flows, 1, 0, Abi.FLOW_INITIATOR);
        flow(flows, 1, 0, Abi.FLOW_TO_POD);
      }
      flow(flows, 3, 0, Abi.FLOW_INITIATOR | Abi.FLOW_TO_POD); // the outside asks c
      flow(flows, 9, 0, Abi.FLOW_INITIATOR);
      flow(flows, 9, 0, Abi.FLOW_INITIATOR);
      assertThat(FlowPressure.talkers(flows, PODS))
          .containsExactly(
              new FlowPressure.Talker("default/b", 10),
              new FlowPressure.Talker("default/a", 6),
              new FlowPressure.Talker("interface 9", 2));
      assertThat(
              FlowPressure.problem(new Table(FlowFamily.IPV6, 19, 20, 4), flows, PODS).sentence())
          .isEqualTo(
              "flow table IPv6: expected room for new flows, got 19 of 20 entries, 4 evicted since"
                  + " the last look; most are of default/b 10, default/a 6, interface 9 2; see what"
                  + " they are by weir conntrack list --pod, or raise flow-table-size-ipv6");
    }
  }
}
