package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.linux.BpfMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real connections of real pods, while tables are too small, change, are flushed or flooded. */
@NeedsRoot
@NeedsKernel({"veth", "tcx"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BusyTablesKernelTest {
  private static final int PORT = 8080;
  private static final int ROOMY = 65_536;

  private final List<Talk.Client> clients = new ArrayList<>();
  private LiveNode live;
  private Pod a;
  private Pod b;
  private Pod c;
  private Pod d;

  @BeforeAll
  void open() {
    live = new LiveNode("busy", 4);
    a = live.pods.get(0);
    b = live.pods.get(1);
    c = live.pods.get(2);
    d = live.pods.get(3);
    for (boolean six : new boolean[] {false, true}) {
      live.serve(b, six, PORT);
      live.serve(d, six, PORT);
    }
  }

  @AfterAll
  void close() {
    live.close();
  }

  /** a may ask b for port 8080, b and a may ask nobody else; c and d may do everything. */
  @BeforeEach
  void reset() {
    live.node.policy(
        live.node.isolated(
            b,
            Direction.INGRESS,
            Map.of(
                1001,
                List.of(
                    TestNode.allow(Packet.TCP, PORT, 11), TestNode.allow(Packet.UDP, 53, 12)))));
    live.node.policy(live.node.isolated(b, Direction.EGRESS, Map.of()));
    live.node.policy(live.node.isolated(a, Direction.INGRESS, Map.of()));
    live.node.put();
    for (FlowFamily family : FlowFamily.BOTH) {
      live.emptyTable(family, ROOMY);
    }
  }

  @AfterEach
  void end() {
    clients.forEach(Talk.Client::close);
    clients.clear();
  }

  private Talk.Client talk(Pod from, Pod to, boolean six, int connections) {
    String address = to.party().address(six).toString();
    Talk.Client client =
        live.start(from, "talk", address, String.valueOf(PORT), String.valueOf(connections));
    clients.add(client);
    assertThat(client.line()).isEqualTo("open " + connections);
    return client;
  }

  private static FlowFamily family(boolean six) {
    return six ? FlowFamily.IPV6 : FlowFamily.IPV4;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_cut_and_drop_nothing_with_a_table_of_128_entries_and_1000_connections(boolean six) {
    live.emptyTable(family(six), 128);
    Map<Integer, Long> before = live.drops();
    Talk.Client client = talk(a, b, six, 1000);
    for (int round = 0; round < 10; round++) {
      assertThat(client.again()).isEqualTo("ok 1000");
    }
    assertThat(live.flows(family(six)).count()).isBetween(1, 128);
    assertThat(live.drops()).as("what is permitted is not dropped").isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_cut_no_connection_while_a_table_grows_and_shrinks(boolean six) {
    Map<Integer, Long> before = live.drops();
    Talk.Client many = talk(a, b, six, 200);
    Talk.Client busy =
        live.start(a, "trips", b.party().address(six).toString(), String.valueOf(PORT), "4000");
    clients.add(busy);
    for (int entries : new int[] {2048, 131_072, 512, 128, 4096, 256, ROOMY}) {
      live.resize(family(six), entries);
      assertThat(live.flows(family(six)).info().maxEntries()).isEqualTo(entries);
      assertThat(many.again()).as(entries + " entries").isEqualTo("ok 200");
    }
    assertThat(busy.line()).as("trips on a connection over all of it").matches("\\d+ \\d+ \\d+");
    assertThat(live.drops()).isEqualTo(before);
  }

  @Test
  void should_keep_what_connections_have_counted_when_a_table_grows() {
    Talk.Client client = talk(a, b, false, 50);
    assertThat(client.again()).isEqualTo("ok 50");
    Map<Tuple, Long> before = packets();
    live.resize(FlowFamily.IPV4, 2 * ROOMY);
    assertThat(packets()).isEqualTo(before).hasSize(50);
  }

  private Map<Tuple, Long> packets() {
    Map<Tuple, Long> packets = new HashMap<>();
    live.conntrack(FlowFamily.IPV4)
        .walk(
            flow -> {
              packets.put(flow.asked(), flow.packets());
              return true;
            });
    return packets;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_leave_a_connection_alone_whose_flow_is_flushed(boolean six) {
    Talk.Client client = talk(a, b, six, 20);
    Conntrack conntrack = live.conntrack(family(six));
    for (int round = 0; round < 3; round++) {
      assertThat(live.flows(family(six)).count()).isEqualTo(40);
      conntrack.walk(
          flow -> {
            assertThat(conntrack.remove(flow, event -> {})).isEqualTo(2);
            return true;
          });
      assertThat(live.flows(family(six)).count()).isZero();
      assertThat(client.again()).isEqualTo("ok 20");
    }
  }

  /** What a decision writes and the fast path does not: it tells whether there was a decision. */
  private void mark(int identity) {
    BpfMap flows = live.flows(FlowFamily.IPV4);
    Map<Bytes, byte[]> entries = new HashMap<>();
    flows.forEach((key, flow) -> entries.put(new Bytes(key), flow));
    entries.forEach(
        (key, flow) -> {
          FlowLayout.sourceIdentity(flow, 0, identity);
          flows.update(key.array(), flow);
        });
  }

  private long marked(int identity) {
    long[] count = {0};
    live.flows(FlowFamily.IPV4)
        .forEach((key, flow) -> count[0] += FlowLayout.sourceIdentity(flow, 0) == identity ? 1 : 0);
    return count[0];
  }

  @Test
  void should_decide_no_live_flow_anew_where_more_is_permitted_and_each_where_less_is() {
    Talk.Client client = talk(a, b, false, 100);
    mark(77);
    live.node.policy(
        live.node.isolated(
            b,
            Direction.INGRESS,
            Map.of(
                1001,
                List.of(
                    TestNode.allow(Packet.TCP, PORT, 11),
                    TestNode.allow(Packet.TCP, 9090, 13),
                    TestNode.allow(Packet.UDP, 53, 12)))));
    live.node.put();
    assertThat(client.again()).isEqualTo("ok 100");
    assertThat(marked(77)).as("entries as they were").isEqualTo(200);
    live.node.policy(
        live.node.isolated(
            b, Direction.INGRESS, Map.of(1001, List.of(TestNode.allow(Packet.TCP, PORT, 11)))));
    live.node.put();
    assertThat(client.again()).isEqualTo("ok 100");
    assertThat(marked(77)).as("entries as they were").isZero();
  }

  @Test
  void should_keep_no_state_of_a_storm_that_is_not_permitted() {
    Talk.Client storm =
        live.start(a, "flood", address(a), address(b), String.valueOf(PORT + 1), "20000");
    clients.add(storm);
    assertThat(storm.line()).isEqualTo("sent");
    assertThat(live.drops().get(Abi.REASON_POLICY_DENIED)).isGreaterThanOrEqualTo(20_000);
    assertThat(live.flows(FlowFamily.IPV4).count()).isZero();
    assertThat(live.node.kernel.map("nat4").count()).isZero();
  }

  @Test
  void should_keep_bounded_state_of_a_storm_that_is_permitted_and_others_connections() {
    live.emptyTable(FlowFamily.IPV4, 1024);
    Talk.Client others = talk(c, d, false, 100);
    Talk.Client storm =
        live.start(a, "flood", address(a), address(b), String.valueOf(PORT), "60000");
    clients.add(storm);
    assertThat(storm.line()).isEqualTo("sent");
    assertThat(live.flows(FlowFamily.IPV4).count()).isLessThanOrEqualTo(1024);
    assertThat(others.again()).isEqualTo("ok 100");
  }

  private static String address(Pod pod) {
    return pod.party().address4().toString();
  }
}
