package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.FIN;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.ClockLayout;
import io.weir.datapath.abi.EventLayout;
import io.weir.datapath.abi.Flow4KeyLayout;
import io.weir.datapath.abi.FlowLayout;
import io.weir.datapath.abi.NatLayout;
import io.weir.itests.testing.BpfBuild;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.TestRun;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of flows that a walk finds idle for too long. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EndingsKernelTest {
  private static final FlowTimes TIMES = FlowTimes.alike(1, 0, 100);

  private TestNode node;
  private Pod a;
  private Pod b;
  private BpfObject object;
  private BpfProgram teller;
  private FlowCollector collector;

  @BeforeAll
  void open() {
    node = new TestNode("endings");
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
    object = node.linux.bpf().open("tell", BpfBuild.object("tell"));
    for (String map : object.maps()) {
      object.reuse(map, node.kernel.map(map));
    }
    object.load();
    teller = object.program("tell_ended");
    collector = new FlowCollector(node.kernel, event -> teller.run(TestRun.ofContext(event)));
  }

  @AfterAll
  void close() {
    teller.close();
    object.close();
    node.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
  }

  private void walk(int later) {
    FlowFamily.BOTH.forEach(family -> collector.collect(family, TIMES, jiffies() + later));
  }

  /** As if so many jiffies had passed. */
  private List<String> collect(int later) {
    walk(later);
    return node.told().stream().map(Told::toString).toList();
  }

  private int jiffies() {
    try (BpfObject clocks = node.linux.bpf().open("clock", BpfBuild.object("clock"))) {
      clocks.load();
      try (BpfProgram clock = clocks.program("clock")) {
        byte[] context = clock.run(TestRun.ofContext(new byte[ClockLayout.SIZE])).context();
        return (int) ClockLayout.jiffies(context, 0);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_tell_both_directions_of_a_flow_that_timed_out(boolean six) {
    Packet asked = Packet.udp(a.party(), 40000, b.party(), 53, six);
    node.fromPod(a, asked);
    node.fromPod(a, asked);
    node.fromPod(b, Packet.udp(b.party(), 53, a.party(), 40000, six));
    node.told();
    long bytes = asked.bytes().length;
    String there = a.party().address(six) + ":40000 > " + b.party().address(six) + ":53";
    String back = b.party().address(six) + ":53 > " + a.party().address(six) + ":40000";
    walk(1_000_000);
    List<Told> told = node.told();
    assertThat(told.stream().map(Told::toString))
        .containsExactly(
            "ended " + there + " [2, " + 2 * bytes + "]", "ended " + back + " [1, " + bytes + "]");
    assertThat(told.get(0).has(Abi.EVENT_MORE)).isTrue();
    assertThat(told.get(0).protocol()).isEqualTo(Packet.UDP);
    assertThat(told.get(1).has(Abi.EVENT_REPLY)).isTrue();
    assertThat(told.get(1).has(Abi.EVENT_MORE)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_tell_a_service_s_flow_as_it_went_to_its_backend(boolean six) {
    Party service = Party.outside("10.96.0.1", "fd10:96::1");
    node.frontend(7, service.address(six).toString(), 53, Packet.UDP, node.backend(b, six, 5353));
    node.put();
    node.fromPod(a, Packet.udp(a.party(), 40000, service, 53, six));
    node.fromPod(b, Packet.udp(b.party(), 5353, a.party(), 40000, six));
    node.told();
    String there = a.party().address(six) + ":40000 > " + b.party().address(six) + ":5353";
    String back = b.party().address(six) + ":5353 > " + a.party().address(six) + ":40000";
    assertThat(collect(1_000_000))
        .hasSize(2)
        .satisfiesExactly(
            text -> assertThat(text).startsWith("ended " + there),
            text -> assertThat(text).startsWith("ended " + back));
  }

  @Test
  void should_not_tell_what_was_told_as_closed() {
    node.fromPod(a, Packet.tcp(a.party(), 1, b.party(), 80, false, SYN));
    node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), 1, false, SYN | ACK));
    node.fromPod(a, Packet.tcp(a.party(), 1, b.party(), 80, false, FIN | ACK));
    assertThat(node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), 1, false, FIN | ACK)).texts())
        .anySatisfy(text -> assertThat(text).startsWith("closed"));
    assertThat(collect(1_000_000)).isEmpty();
  }

  @Test
  void should_not_tell_a_flow_of_which_one_direction_goes_on() {
    Flows flows = new Flows(node.kernel, Packet.UDP);
    node.fromPod(a, Packet.udp(a.party(), 40000, b.party(), 53, false));
    node.fromPod(b, Packet.udp(b.party(), 53, a.party(), 40000, false));
    node.told();
    byte[] key = flows.key(a.party().address4(), 40000, b.party().address4(), 53);
    byte[] entry = node.kernel.map("flows4").lookup(key).orElseThrow();
    FlowLayout.seen(entry, 0, jiffies() - 1000);
    node.kernel.map("flows4").update(key, entry);
    assertThat(collect(50)).as("its answers have come").isEmpty();
    assertThat(collect(1_000_000))
        .as("evicted or timed out")
        .singleElement()
        .asString()
        .startsWith("ended " + b.party().address4() + ":53");
  }

  @Test
  void should_tell_so_many_at_once_and_count_the_others() {
    int[] told = new int[1];
    Endings endings =
        new Endings(
            FlowFamily.IPV4,
            node.kernel.map("flows4"),
            node.kernel.map("nat4"),
            event -> told[0]++);
    byte[] initiator = new byte[FlowLayout.SIZE];
    FlowLayout.flags(initiator, 0, Abi.FLOW_INITIATOR);
    for (int number = 0; number < Endings.MOST + 2; number++) {
      byte[] key = new byte[Flow4KeyLayout.SIZE];
      Flow4KeyLayout.source(key, 0, number);
      endings.add(key, initiator);
    }
    endings.tell();
    assertThat(told[0]).isEqualTo(Endings.MOST);
    assertThat(endings.untold()).isEqualTo(2);
  }

  /** As a flow's opening tells it: the node's address stands for the pod's outside only. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_tell_a_masqueraded_flow_with_the_pod_s_own_address(boolean answerOnly) {
    Flows flows = new Flows(node.kernel, Packet.UDP);
    Address pod = a.party().address4();
    Address masked = node.host.address4();
    Address outside = TestNode.WORLD.address4();
    byte[] asked = flows.key(pod, 40000, outside, 53);
    byte[] answered = flows.key(outside, 53, masked, 32000);
    node.kernel.map("nat4").update(asked, nat(masked, 32000, outside, 53));
    node.kernel.map("nat4").update(answered, nat(outside, 53, pod, 40000));
    List<Told> told = new ArrayList<>();
    Endings endings =
        new Endings(
            FlowFamily.IPV4,
            node.kernel.map("flows4"),
            node.kernel.map("nat4"),
            event -> told.add(Told.of(event(event))));
    if (!answerOnly) {
      endings.add(asked, flow(Abi.FLOW_INITIATOR | Abi.FLOW_TRANSLATED, 0));
    }
    endings.add(answered, flow(Abi.FLOW_TRANSLATED, a.ifindex()));
    endings.tell();
    String there = "ended " + pod + ":40000 > " + outside + ":53 [0, 0]";
    String back = "ended " + outside + ":53 > " + pod + ":40000 [0, 0]";
    assertThat(told.stream().map(Told::toString))
        .isEqualTo(answerOnly ? List.of(back) : List.of(there, back));
  }

  /** As the kernel completes it. */
  private static byte[] event(byte[] event) {
    byte[] told = event.clone();
    EventLayout.type(told, 0, Abi.EVENT_ENDED);
    return told;
  }

  private static byte[] flow(int flags, int redirect) {
    byte[] flow = new byte[FlowLayout.SIZE];
    FlowLayout.flags(flow, 0, flags);
    FlowLayout.redirect(flow, 0, redirect);
    return flow;
  }

  private static byte[] nat(Address source, int port, Address destination, int toPort) {
    byte[] nat = new byte[NatLayout.SIZE];
    NatLayout.source(nat, 0, source.mapped());
    NatLayout.destination(nat, 0, destination.mapped());
    NatLayout.sourcePort(nat, 0, port);
    NatLayout.destinationPort(nat, 0, toPort);
    NatLayout.uplink(nat, 0, 7);
    return nat;
  }
}
