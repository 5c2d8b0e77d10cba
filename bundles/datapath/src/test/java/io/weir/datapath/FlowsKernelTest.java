package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.FIN;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.RST;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.ClockLayout;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.BpfBuild;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.TestRun;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is remembered of a flow, and for how long. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FlowsKernelTest {
  private static final int A = 1001;
  private static final int B = 1002;

  private TestNode node;
  private Pod a;
  private Pod b;
  private Flows tcp;
  private Flows udp;

  @BeforeAll
  void open() {
    node = new TestNode("flows");
    a = node.pod(1, A);
    b = node.pod(2, B);
    tcp = new Flows(node.kernel, Packet.TCP);
    udp = new Flows(node.kernel, Packet.UDP);
  }

  @AfterAll
  void close() {
    node.close();
  }

  /** a may ask b for port 80; b may ask nobody. */
  @BeforeEach
  void reset() {
    node.reset();
    node.policy(
        node.isolated(
            b,
            Direction.INGRESS,
            Map.of(
                A,
                List.of(TestNode.allow(Packet.TCP, 80, 11), TestNode.allow(Packet.UDP, 80, 12)))));
    node.policy(node.isolated(b, Direction.EGRESS, Map.of()));
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
    node.told();
  }

  private Outcome ask(int flags, boolean ipv6) {
    return node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 80, ipv6, flags));
  }

  private Outcome answer(int flags, boolean ipv6) {
    return node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), 40000, ipv6, flags));
  }

  private void establish(boolean ipv6) {
    assertThat(ask(SYN, ipv6).verdict()).isEqualTo("redirect");
    assertThat(answer(SYN | ACK, ipv6).verdict()).isEqualTo("redirect");
    assertThat(ask(ACK, ipv6).verdict()).isEqualTo("redirect");
  }

  private byte[] asks(Flows flows, boolean ipv6) {
    return flows
        .entry(a.party().address(ipv6), 40000, b.party().address(ipv6), 80)
        .orElseThrow(() -> new AssertionError("no entry of the one who asks"));
  }

  private byte[] answers(Flows flows, boolean ipv6) {
    return flows
        .entry(b.party().address(ipv6), 80, a.party().address(ipv6), 40000)
        .orElseThrow(() -> new AssertionError("no entry of the answers"));
  }

  private int revision(int place) {
    return Revisions.number(node.kernel.map("revisions").lookup(Revisions.word(place)).get());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_decide_both_ends_of_a_local_flow_at_once(boolean ipv6) {
    ask(SYN, ipv6);
    byte[] asks = asks(tcp, ipv6);
    byte[] answers = answers(tcp, ipv6);
    assertThat(FlowLayout.ifindex(asks, 0)).isEqualTo(a.ifindex());
    assertThat(FlowLayout.redirect(asks, 0)).isEqualTo(b.ifindex());
    assertThat(FlowLayout.flags(asks, 0)).isEqualTo(Abi.FLOW_INITIATOR);
    assertThat(FlowLayout.ifindex(answers, 0)).isEqualTo(b.ifindex());
    assertThat(FlowLayout.redirect(answers, 0)).isEqualTo(a.ifindex());
    assertThat(FlowLayout.flags(answers, 0)).isZero();
    for (byte[] entry : List.of(asks, answers)) {
      assertThat(FlowLayout.egressSlot(entry, 0)).isEqualTo(a.egressSlot());
      assertThat(FlowLayout.ingressSlot(entry, 0)).isEqualTo(b.ingressSlot());
      assertThat(FlowLayout.ingressRevision(entry, 0)).isEqualTo(revision(b.ingressSlot()));
    }
    assertThat(FlowLayout.rule(answers, 0)).isEqualTo(11);
    assertThat(List.of(FlowLayout.sourceIdentity(asks, 0), FlowLayout.destinationIdentity(asks, 0)))
        .containsExactly(A, B);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_meet_answers_from_outside_at_the_other_hook(boolean ipv6) {
    Packet asked = Packet.udp(a.party(), 40000, WORLD, 53, ipv6);
    assertThat(node.fromPod(a, asked).verdict()).isEqualTo("pass");
    byte[] answers =
        udp.entry(WORLD.address(ipv6), 53, a.party().address(ipv6), 40000).orElseThrow();
    assertThat(FlowLayout.flags(answers, 0)).isEqualTo(Abi.FLOW_TO_POD);
    assertThat(FlowLayout.ifindex(answers, 0)).isEqualTo(a.ifindex());
    assertThat(FlowLayout.redirect(answers, 0)).isZero();
    assertThat(node.toPod(a, Packet.udp(WORLD, 53, a.party(), 40000, ipv6)).texts())
        .containsExactly(
            "first reply %s:53 > %s:40000".formatted(WORLD.address(ipv6), a.party().address(ipv6)));
    assertThat(node.toPod(a, Packet.udp(WORLD, 54, a.party(), 40000, ipv6)).verdict())
        .as("nobody asked for this")
        .isEqualTo("drop 133");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_let_answers_pass_and_nothing_else(boolean ipv6) {
    assertThat(answer(SYN | ACK, ipv6).verdict())
        .as("answers to what a may ask are always let through")
        .isEqualTo("redirect");
    assertThat(node.fromPod(b, Packet.udp(b.party(), 80, a.party(), 40000, ipv6)).verdict())
        .isEqualTo("drop 133");
    node.fromPod(a, Packet.udp(a.party(), 40000, b.party(), 80, ipv6));
    assertThat(node.fromPod(b, Packet.udp(b.party(), 80, a.party(), 40000, ipv6)).verdict())
        .isEqualTo("redirect");
    assertThat(node.fromPod(b, Packet.udp(b.party(), 81, a.party(), 40000, ipv6)).verdict())
        .isEqualTo("drop 133");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_decide_a_syn_always(boolean ipv6) {
    establish(ipv6);
    node.kernel.clear("policy_classes"); // behind the revision's back
    assertThat(ask(ACK | PSH, ipv6).verdict()).isEqualTo("redirect");
    assertThat(ask(SYN, ipv6).verdict()).isEqualTo("drop 133");
    assertThat(ask(ACK, ipv6).verdict()).as("a denial leaves the flow alone").isEqualTo("redirect");
    refill();
  }

  /** The maps were emptied behind the mirrors' backs: they are filled by other policies. */
  private void refill() {
    node.close();
    open();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_decide_anew_once_the_revision_was_raised(boolean ipv6) {
    establish(ipv6);
    node.policy(node.isolated(b, Direction.INGRESS, Map.of()));
    node.put();
    Outcome cut = ask(ACK | PSH, ipv6);
    assertThat(cut.verdict()).isEqualTo("drop 133");
    assertThat(cut.told().get(0).has(Abi.EVENT_DENIED_INGRESS)).isTrue();
    assertThat(answer(ACK | PSH, ipv6).verdict())
        .as("the one who asked is judged, also when an answer comes first")
        .isEqualTo("drop 133");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_go_on_where_the_new_policy_permits_it(boolean ipv6) {
    establish(ipv6);
    node.policy(
        node.isolated(
            b, Direction.INGRESS, Map.of(A, List.of(TestNode.allow(Packet.TCP, 80, 99)))));
    node.put(); // UDP went, so the slot's revision is another
    assertThat(FlowLayout.ingressRevision(asks(tcp, ipv6), 0))
        .isNotEqualTo(revision(b.ingressSlot()));
    Outcome answered = answer(ACK | PSH, ipv6);
    assertThat(answered.verdict()).isEqualTo("redirect");
    assertThat(answered.told()).as("it is no new flow").isEmpty();
    assertThat(FlowLayout.flags(answers(tcp, ipv6), 0) & Abi.FLOW_INITIATOR).isZero();
    assertThat(FlowLayout.rule(answers(tcp, ipv6), 0)).isEqualTo(99);
    assertThat(FlowLayout.ingressRevision(asks(tcp, ipv6), 0)).isEqualTo(revision(b.ingressSlot()));
    assertThat(FlowLayout.packets(asks(tcp, ipv6), 0)).isEqualTo(2);
    assertThat(FlowLayout.packets(answers(tcp, ipv6), 0)).isEqualTo(2);
    assertThat(ask(ACK, ipv6).verdict()).isEqualTo("redirect");
  }

  /** What service a socket asked for is seen when its flow begins only. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_know_the_service_after_the_flow_was_decided_anew(boolean ipv6) {
    establish(ipv6);
    for (Address[] ends :
        new Address[][] {
          {a.party().address(ipv6), b.party().address(ipv6)},
          {b.party().address(ipv6), a.party().address(ipv6)}
        }) {
      boolean asks = ends[0].equals(a.party().address(ipv6));
      byte[] entry = asks ? asks(tcp, ipv6) : answers(tcp, ipv6);
      FlowLayout.service(entry, 0, 7);
      node.kernel
          .map(ipv6 ? "flows6" : "flows4")
          .update(tcp.key(ends[0], asks ? 40000 : 80, ends[1], asks ? 80 : 40000), entry);
    }
    node.kernel
        .map("revisions")
        .update(Revisions.word(b.ingressSlot()), Revisions.word(revision(b.ingressSlot()) + 1));
    assertThat(ask(ACK, ipv6).verdict()).isEqualTo("redirect");
    assertThat(FlowLayout.ingressRevision(asks(tcp, ipv6), 0)).isEqualTo(revision(b.ingressSlot()));
    assertThat(FlowLayout.service(asks(tcp, ipv6), 0)).isEqualTo(7);
    assertThat(FlowLayout.service(answers(tcp, ipv6), 0)).isEqualTo(7);
  }

  @Test
  void should_leave_flows_alone_where_more_is_permitted() {
    establish(false);
    int before = revision(b.ingressSlot());
    node.policy(
        node.isolated(
            b,
            Direction.INGRESS,
            Map.of(
                A,
                List.of(
                    TestNode.allow(Packet.TCP, 80, 11),
                    TestNode.allow(Packet.TCP, 81, 13),
                    TestNode.allow(Packet.UDP, 80, 12)))));
    node.put();
    assertThat(revision(b.ingressSlot())).isEqualTo(before);
    assertThat(ask(ACK, false).verdict()).isEqualTo("redirect");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_count_packets_bytes_and_flags(boolean ipv6) {
    establish(ipv6);
    ask(ACK | PSH, ipv6);
    int frame = ipv6 ? 74 : 54;
    assertThat(FlowLayout.packets(asks(tcp, ipv6), 0)).isEqualTo(3);
    assertThat(FlowLayout.bytes(asks(tcp, ipv6), 0)).isEqualTo(3L * frame + 2 * Packet.DATA_BYTES);
    assertThat(FlowLayout.tcpFlags(asks(tcp, ipv6), 0)).isEqualTo(SYN | ACK | PSH);
    assertThat(FlowLayout.packets(answers(tcp, ipv6), 0)).isEqualTo(1);
    assertThat(FlowLayout.bytes(answers(tcp, ipv6), 0)).isEqualTo(frame);
    assertThat(FlowLayout.tcpFlags(answers(tcp, ipv6), 0)).isEqualTo(SYN | ACK);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_tell_a_refused_connection_as_reset(boolean ipv6) {
    ask(SYN, ipv6);
    Outcome reset = answer(RST | ACK, ipv6);
    assertThat(reset.texts()).hasSize(3);
    assertThat(reset.texts().get(0)).startsWith("first reply " + b.party().address(ipv6));
    assertThat(reset.texts().get(1)).startsWith("reset " + b.party().address(ipv6));
    assertThat(reset.told().get(1).tcpFlags()).isEqualTo(RST | ACK);
    assertThat(reset.told().get(1).has(Abi.EVENT_MORE)).isTrue();
    assertThat(reset.texts().get(2)).startsWith("reset " + a.party().address(ipv6) + ":40000");
    assertThat(reset.told().get(2).tcpFlags()).isEqualTo(SYN);
    assertThat(reset.told().get(2).has(Abi.EVENT_MORE)).isFalse();
    assertThat(answer(RST, ipv6).told()).as("once").isEmpty();
  }

  @Test
  void should_tell_a_connection_from_the_same_port_as_another() {
    establish(false);
    ask(FIN | ACK, false);
    assertThat(answer(FIN | ACK, false).texts())
        .hasSize(2)
        .allSatisfy(text -> assertThat(text).startsWith("closed"));
    assertThat(ask(ACK, false).told()).isEmpty();
    Outcome again = ask(SYN, false);
    assertThat(again.texts()).singleElement().asString().startsWith("opened");
    assertThat(FlowLayout.packets(asks(tcp, false), 0)).isEqualTo(1);
    assertThat(FlowLayout.flags(asks(tcp, false), 0)).isEqualTo(Abi.FLOW_INITIATOR);
    assertThat(answer(SYN | ACK, false).texts())
        .singleElement()
        .asString()
        .startsWith("first reply");
  }

  @Test
  void should_not_tell_a_syn_that_is_sent_again_twice() {
    assertThat(ask(SYN, false).told()).hasSize(1);
    assertThat(ask(SYN, false).told()).isEmpty();
    assertThat(FlowLayout.packets(asks(tcp, false), 0)).isEqualTo(2);
  }

  @Test
  void should_take_a_packet_in_mid_stream_for_the_first_of_its_sender() {
    assertThat(ask(ACK | PSH, false).texts()).singleElement().asString().startsWith("opened");
    assertThat(FlowLayout.flags(asks(tcp, false), 0))
        .isEqualTo(Abi.FLOW_INITIATOR | Abi.FLOW_GUESSED);
  }

  @Test
  void should_take_a_packet_in_mid_stream_that_its_sender_may_not_begin_for_an_answer() {
    assertThat(answer(ACK | PSH, false).verdict()).isEqualTo("redirect");
    assertThat(FlowLayout.flags(asks(tcp, false), 0))
        .isEqualTo(Abi.FLOW_INITIATOR | Abi.FLOW_GUESSED);
    assertThat(FlowLayout.flags(answers(tcp, false), 0)).isEqualTo(Abi.FLOW_GUESSED);
    Outcome denied = node.fromPod(b, Packet.tcp(b.party(), 81, a.party(), 40000, false, ACK | PSH));
    assertThat(denied.verdict()).isEqualTo("drop 133");
    assertThat(denied.told().get(0).has(Abi.EVENT_DENIED_EGRESS))
        .as("told is the denial of its own asking")
        .isTrue();
    assertThat(node.fromPod(b, Packet.udp(b.party(), 80, a.party(), 40000, false)).verdict())
        .as("only TCP shows that it is in mid-stream")
        .isEqualTo("drop 133");
  }

  @Test
  void should_tell_counters_of_a_flow_that_goes_on() {
    node.times(FlowTimes.alike(1, 5, 1_000_000));
    node.put();
    Packet packet = Packet.udp(a.party(), 40000, b.party(), 80, false);
    List<Told> told = new ArrayList<>(node.fromPod(a, packet).told());
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    int sent = 1;
    while (told.size() < 3 && Instant.now().isBefore(deadline)) {
      told.addAll(node.fromPod(a, packet).told());
      sent++;
    }
    assertThat(told).hasSize(3);
    assertThat(told.get(0).toString()).startsWith("opened");
    assertThat(told.get(1).toString()).startsWith("counters " + a.party().address4() + ":40000");
    assertThat(told.get(2).counts())
        .containsExactly((long) sent, sent * (long) packet.bytes().length);
    assertThat(told.get(2).length()).isEqualTo(40);
  }

  @Test
  void should_forget_what_was_idle_for_too_long() {
    Packet asked = Packet.udp(a.party(), 40000, b.party(), 80, false);
    Packet answered = Packet.udp(b.party(), 80, a.party(), 40000, false);
    node.fromPod(a, asked);
    node.times(FlowTimes.alike(1, 0, 1));
    node.policy(
        node.isolated(b, Direction.INGRESS, Map.of(A, List.of(TestNode.allow(17, 80, 77)))));
    node.put();
    awaitJiffies();
    assertThat(node.fromPod(b, answered).verdict())
        .as("the flow that it would have answered is over")
        .isEqualTo("drop 133");
  }

  /** Until the kernel's clock has gone on by what a flow may be idle here, and one more. */
  private void awaitJiffies() {
    try (BpfObject object = node.linux.bpf().open("clock", BpfBuild.object("clock"))) {
      object.load();
      try (BpfProgram clock = object.program("clock")) {
        long start = jiffies(clock);
        Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
        while (jiffies(clock) < start + 3) {
          assertThat(Instant.now()).isBefore(deadline);
        }
      }
    }
  }

  private static long jiffies(BpfProgram clock) {
    byte[] context = clock.run(TestRun.ofContext(new byte[ClockLayout.SIZE])).context();
    return ClockLayout.jiffies(context, 0);
  }

  @Test
  void should_find_an_endpoint_that_was_taken_away_no_longer() {
    establish(false);
    node.remove(b);
    node.put();
    assertThat(ask(ACK, false).verdict())
        .as("whose address it was is now the world's")
        .isEqualTo("pass");
    assertThat(answer(ACK, false).verdict()).isEqualTo("drop 203");
  }
}
