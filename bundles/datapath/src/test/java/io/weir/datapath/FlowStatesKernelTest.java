package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.FIN;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.RST;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How far a flow has come, and how long it may be idle there. */
@NeedsRoot
@NeedsKernel("veth")
class FlowStatesKernelTest extends PacketTable {
  private static final int LONG = 1_000_000;

  /** A segment, of a where {@code asks}, and the state after it. */
  private record Step(boolean asks, int flags, int state) {}

  private static Step ask(int flags, int state) {
    return new Step(true, flags, state);
  }

  private static Step answer(int flags, int state) {
    return new Step(false, flags, state);
  }

  private static final List<Step> OPENING =
      List.of(
          ask(SYN, Abi.STATE_TCP_SYN_SENT),
          ask(SYN, Abi.STATE_TCP_SYN_SENT),
          answer(SYN | ACK, Abi.STATE_TCP_SYN_RECEIVED),
          answer(SYN | ACK, Abi.STATE_TCP_SYN_RECEIVED),
          ask(ACK, Abi.STATE_TCP_ESTABLISHED),
          ask(ACK | PSH, Abi.STATE_TCP_ESTABLISHED),
          answer(ACK | PSH, Abi.STATE_TCP_ESTABLISHED));

  /** The end of a connection that is open; each row from the same beginning. */
  private static final List<List<Step>> ENDINGS =
      List.of(
          List.of(
              ask(FIN | ACK, Abi.STATE_TCP_FIN_WAIT),
              ask(FIN | ACK, Abi.STATE_TCP_FIN_WAIT),
              answer(ACK, Abi.STATE_TCP_CLOSE_WAIT),
              answer(ACK | PSH, Abi.STATE_TCP_CLOSE_WAIT),
              ask(ACK, Abi.STATE_TCP_CLOSE_WAIT),
              answer(FIN | ACK, Abi.STATE_TCP_LAST_ACK),
              answer(FIN | ACK, Abi.STATE_TCP_LAST_ACK),
              ask(ACK, Abi.STATE_TCP_TIME_WAIT),
              ask(SYN, Abi.STATE_TCP_SYN_SENT)),
          List.of(
              answer(FIN | ACK, Abi.STATE_TCP_FIN_WAIT),
              ask(FIN | ACK, Abi.STATE_TCP_LAST_ACK),
              answer(ACK, Abi.STATE_TCP_TIME_WAIT)),
          List.of(ask(RST, Abi.STATE_TCP_CLOSE), ask(SYN, Abi.STATE_TCP_SYN_SENT)),
          List.of(answer(RST | ACK, Abi.STATE_TCP_CLOSE)),
          List.of(ask(FIN | ACK, Abi.STATE_TCP_FIN_WAIT), answer(RST, Abi.STATE_TCP_CLOSE)));

  private void take(Step step, boolean six) {
    TestNode.Outcome out =
        step.asks()
            ? node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 80, six, step.flags()))
            : node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), 40000, six, step.flags()));
    assertThat(out.verdict()).isEqualTo("redirect");
    assertThat(states(Packet.TCP, 80, six)).as(step.toString()).containsOnly(step.state());
  }

  /** Of both entries. */
  private List<Integer> states(int protocol, int port, boolean six) {
    Flows flows = new Flows(node.kernel, protocol);
    Address one = a.party().address(six);
    Address two = b.party().address(six);
    return Stream.of(flows.entry(one, 40000, two, port), flows.entry(two, port, one, 40000))
        .map(entry -> FlowLayout.state(entry.orElseThrow(), 0))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_follow_tcp_from_its_first_segment_to_its_last(boolean six) {
    for (List<Step> ending : ENDINGS) {
      node.reset();
      OPENING.forEach(step -> take(step, six));
      ending.forEach(step -> take(step, six));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_know_a_refused_connection(boolean six) {
    take(ask(SYN, Abi.STATE_TCP_SYN_SENT), six);
    take(answer(RST | ACK, Abi.STATE_TCP_CLOSE), six);
    take(ask(SYN, Abi.STATE_TCP_SYN_SENT), six);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_take_mid_stream_for_established_and_keep_a_state_through_an_eviction(boolean six) {
    take(ask(ACK | PSH, Abi.STATE_TCP_ESTABLISHED), six);
    take(answer(FIN | ACK, Abi.STATE_TCP_FIN_WAIT), six);
    Flows tcp = new Flows(node.kernel, Packet.TCP);
    assertThat(tcp.evict(a.party().address(six), 40000, b.party().address(six), 80)).isTrue();
    take(ask(ACK | PSH, Abi.STATE_TCP_CLOSE_WAIT), six);
    take(ask(FIN | ACK, Abi.STATE_TCP_LAST_ACK), six);
    take(answer(ACK, Abi.STATE_TCP_TIME_WAIT), six);
    assertThat(tcp.evict(a.party().address(six), 40000, b.party().address(six), 80)).isTrue();
    take(ask(ACK, Abi.STATE_TCP_TIME_WAIT), six);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_tell_udp_that_is_answered_from_udp_that_is_not(boolean six) {
    node.fromPod(a, Packet.udp(a.party(), 40000, b.party(), 53, six));
    node.fromPod(a, Packet.udp(a.party(), 40000, b.party(), 53, six));
    assertThat(states(Packet.UDP, 53, six)).containsOnly(Abi.STATE_UDP);
    node.fromPod(b, Packet.udp(b.party(), 53, a.party(), 40000, six));
    assertThat(states(Packet.UDP, 53, six)).containsOnly(Abi.STATE_UDP_STREAM);
  }

  /** What brings a flow into a state, for each state. */
  static List<Integer> states() {
    return IntStream.range(0, Abi.FLOW_STATES).boxed().toList();
  }

  private void bring(int state, boolean six) {
    List<Step> segments = new ArrayList<>(OPENING);
    segments.addAll(ENDINGS.get(0));
    switch (state) {
      case Abi.STATE_OTHER -> node.fromPod(a, Packet.sctp(a.party(), 40000, b.party(), 9, six));
      case Abi.STATE_ICMP -> node.fromPod(a, Packet.echo(a.party(), b.party(), six, true, 1));
      case Abi.STATE_UDP, Abi.STATE_UDP_STREAM -> {
        node.fromPod(a, Packet.udp(a.party(), 40000, b.party(), 53, six));
        if (state == Abi.STATE_UDP_STREAM) {
          node.fromPod(b, Packet.udp(b.party(), 53, a.party(), 40000, six));
        }
      }
      case Abi.STATE_TCP_CLOSE -> {
        node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 80, six, SYN));
        node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), 40000, six, RST | ACK));
      }
      default -> {
        for (Step step : segments) {
          take(step, six);
          if (step.state() == state) {
            return;
          }
        }
      }
    }
  }

  /** All states live long but for one, or the reverse. */
  private static FlowTimes times(int most, int state, int life) {
    List<Integer> lives = new ArrayList<>(Collections.nCopies(Abi.FLOW_STATES, most));
    lives.set(state, life);
    return new FlowTimes(1, 0, lives, 1000);
  }

  @ParameterizedTest
  @MethodSource("states")
  void should_collect_by_the_time_of_the_state(int state) {
    for (boolean six : new boolean[] {false, true}) {
      node.reset();
      bring(state, six);
      FlowFamily family = six ? FlowFamily.IPV6 : FlowFamily.IPV4;
      FlowCollector collector = new FlowCollector(node.kernel, told -> {});
      int[] seen = new int[1];
      node.kernel
          .map(six ? "flows6" : "flows4")
          .forEach((key, flow) -> seen[0] = FlowLayout.seen(flow, 0));
      int later = seen[0] + 1000;
      assertThat(collector.collect(family, times(10, state, LONG), later).live()).isEqualTo(2);
      assertThat(collector.collect(family, times(LONG, state, 10), later).collected()).isEqualTo(2);
    }
  }

  /** Defaults of Linux' connection tracking (net.netfilter.nf_conntrack_*_timeout*). */
  @Test
  void should_have_the_times_of_linux_by_default() {
    FlowTimes usual = FlowTimes.usual(100);
    assertThat(usual.lives())
        .containsExactly(600, 30, 30, 120, 120, 60, 432_000, 120, 60, 30, 120, 10);
    assertThat(usual.life(Abi.STATE_TCP_CLOSE)).isEqualTo(1000);
  }

  /**
   * A third pod has seen a's connection with b, and sends its end.
   *
   * <pre>
   *   a ◄──── established ────► b
   *   c ── RST, a's address ──╳         dropped: not its address
   *   c ── RST, b's address ──╳         dropped: not its address
   *   c ── RST, its own ─────────► b    of another flow
   *   outside ── RST, b's address ─╳ a  dropped: pods reach each other by from_pod only
   *   a ◄──── established ────► b       nothing has changed
   * </pre>
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_not_let_a_third_pod_reset_a_connection(boolean six) {
    OPENING.forEach(step -> take(step, six));
    byte[] before = asks(six);
    Packet ofA = Packet.tcp(a.party(), 40000, b.party(), 80, six, RST);
    Packet ofB = Packet.tcp(b.party(), 80, a.party(), 40000, six, RST | ACK);
    for (Packet reset : List.of(ofA, ofB)) {
      assertThat(node.fromPod(c, reset).verdict()).isEqualTo("drop 132");
      assertThat(node.fromPod(c, reset.sourceMac(c.party().mac())).verdict()).isEqualTo("drop 132");
    }
    assertThat(node.toPod(a, ofB).verdict()).isEqualTo("drop 132");
    assertThat(node.toPod(b, ofA).verdict()).isEqualTo("drop 132");
    assertThat(node.fromPod(b, ofA).verdict()).as("by the other end").isEqualTo("drop 132");
    assertThat(node.fromPod(c, Packet.tcp(c.party(), 40000, b.party(), 80, six, RST)).verdict())
        .as("c may not ask b")
        .isEqualTo("drop 133");
    assertThat(asks(six)).isEqualTo(before);
    take(ask(ACK | PSH, Abi.STATE_TCP_ESTABLISHED), six);
    take(answer(ACK | PSH, Abi.STATE_TCP_ESTABLISHED), six);
  }

  private byte[] asks(boolean six) {
    return new Flows(node.kernel, Packet.TCP)
        .entry(a.party().address(six), 40000, b.party().address(six), 80)
        .orElseThrow();
  }

  /** Nothing is known of the connection; b may ask nobody, and a may ask b for port 80. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_decide_mid_stream_as_a_new_flow_and_else_as_an_answer(boolean six) {
    for (int flags : List.of(ACK, ACK | PSH, FIN | ACK, RST, RST | ACK)) {
      node.kernel.clear("flows4");
      node.kernel.clear("flows6");
      assertThat(midStream(true, 80, flags, six)).as("a asks").isEqualTo("redirect");
      assertThat(FlowLayout.flags(asks(six), 0) & Abi.FLOW_INITIATOR).isNotZero();
      node.kernel.clear("flows4");
      node.kernel.clear("flows6");
      assertThat(midStream(false, 80, flags, six)).as("b answers").isEqualTo("redirect");
      assertThat(FlowLayout.flags(asks(six), 0) & Abi.FLOW_INITIATOR)
          .as("it is a who asked")
          .isNotZero();
      assertThat(midStream(false, 81, flags, six)).as("what a may not ask").isEqualTo("drop 133");
      assertThat(midStream(true, 81, flags, six)).isEqualTo("drop 133");
    }
  }

  private String midStream(boolean asks, int port, int flags, boolean six) {
    return asks
        ? node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), port, six, flags)).verdict()
        : node.fromPod(b, Packet.tcp(b.party(), port, a.party(), 40000, six, flags)).verdict();
  }
}
