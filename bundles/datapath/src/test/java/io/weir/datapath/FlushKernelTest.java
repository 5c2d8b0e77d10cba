package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.FIN;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.EventLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of flows that are flushed, and what is told of them. */
@NeedsRoot
@NeedsKernel("veth")
class FlushKernelTest extends MasqueradeWorld {
  private static final Party SERVICE = Party.outside("10.96.0.1", "fd10:96::1");

  private final List<Told> ended = new ArrayList<>();
  private Pod c;

  @BeforeAll
  void another() {
    c = node.pod(3, 1003);
  }

  @BeforeEach
  void forget() {
    ended.clear();
  }

  private Outcome ask(boolean six, int flags) {
    return node.fromPod(a, Packet.tcp(a.party(), POD_PORT, SERVER, 80, six, flags));
  }

  /** Flushes all flows; how many there were. */
  private int flush(boolean six) {
    FlowFamily family = six ? FlowFamily.IPV6 : FlowFamily.IPV4;
    Conntrack conntrack =
        new Conntrack(family, node.kernel.map(family.flows()), node.kernel.map(family.nats()));
    List<ConntrackFlow> flows = new ArrayList<>();
    conntrack.walk(flows::add);
    flows.forEach(flow -> conntrack.remove(flow, this::tell));
    assertThat(conntrack.flows().count()).isZero();
    return flows.size();
  }

  /** As the kernel completes it. */
  private void tell(byte[] event) {
    byte[] told = event.clone();
    EventLayout.type(told, 0, Abi.EVENT_ENDED);
    ended.add(Told.of(told));
  }

  private List<String> ended() {
    return ended.stream().map(Told::toString).toList();
  }

  private int translations(boolean six) {
    return node.kernel.map(six ? "nat6" : "nat4").count();
  }

  /** The port under which the outside sees a connection that is established. */
  private int connect(boolean six) {
    int seen = ask(six, SYN).frame().sourcePort();
    assertThat(answer(seen, six, SYN | ACK).verdict()).isEqualTo("redirect");
    ask(six, ACK);
    return seen;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_leave_a_masqueraded_connection_its_port_whoever_speaks_first(boolean six) {
    int seen = connect(six);
    for (int round = 0; round < 3; round++) {
      assertThat(flush(six)).isEqualTo(1);
      assertThat(ask(six, ACK | PSH).frame().sourcePort()).isEqualTo(seen);
      assertThat(flush(six)).isEqualTo(1);
      Outcome back = answer(seen, six, ACK | PSH);
      assertThat(back.verdict()).isEqualTo("redirect");
      assertThat(back.frame().ends())
          .isEqualTo(
              "%s:80 > %s:%d".formatted(SERVER.address(six), a.party().address(six), POD_PORT));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_leave_a_connection_through_a_service_its_backend(boolean six) {
    node.frontend(
        7,
        SERVICE.address(six).toString(),
        8000,
        Packet.TCP,
        node.backend(b, six, 80),
        node.backend(c, six, 80));
    node.put();
    for (int port = POD_PORT; port < POD_PORT + 20; port++) {
      Outcome first = node.fromPod(a, Packet.tcp(a.party(), port, SERVICE, 8000, six, SYN));
      Pod backend = first.frame().destination().equals(b.party().address(six)) ? b : c;
      node.fromPod(backend, Packet.tcp(backend.party(), 80, a.party(), port, six, SYN | ACK));
      assertThat(flush(six)).isEqualTo(1);
      Outcome next = node.fromPod(a, Packet.tcp(a.party(), port, SERVICE, 8000, six, ACK));
      assertThat(next.frame().destination()).isEqualTo(first.frame().destination());
      assertThat(flush(six)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_take_the_translation_of_what_is_over_or_was_never_answered(boolean six) {
    ask(six, SYN);
    flush(six);
    assertThat(translations(six)).as("unanswered").isZero();
    connect(six);
    flush(six);
    assertThat(translations(six)).as("established").isEqualTo(2);
    int seen = connect(six);
    ask(six, FIN | ACK);
    answer(seen, six, FIN | ACK);
    ended.clear();
    flush(six);
    assertThat(translations(six)).as("closed").isZero();
    assertThat(ended()).as("it was told as closed").isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_tell_the_end_with_counters_and_then_that_it_was_opened_anew(boolean six) {
    int seen = connect(six);
    String asks = "%s:%d > %s:80".formatted(a.party().address(six), POD_PORT, SERVER.address(six));
    String answers =
        "%s:80 > %s:%d".formatted(SERVER.address(six), a.party().address(six), POD_PORT);
    flush(six);
    int bytes = 54 + (six ? 20 : 0); // without data
    assertThat(ended())
        .containsExactly(
            "ended %s [2, %d]".formatted(asks, 2 * bytes + 10),
            "ended %s [1, %d]".formatted(answers, bytes));
    assertThat(ended.get(0).has(Abi.EVENT_MORE)).isTrue();
    Outcome again = ask(six, ACK | PSH);
    assertThat(again.texts()).containsExactly("opened " + asks);
    assertThat(again.told().get(0).has(Abi.EVENT_TRANSLATED)).isTrue();
    ended.clear();
    flush(six);
    assertThat(ended()).contains("ended %s [1, %d]".formatted(asks, bytes + 10));
    assertThat(answer(seen, six, ACK | PSH).texts()).startsWith("opened " + asks);
  }

  @Test
  void should_tell_the_end_of_a_flow_that_is_not_translated() {
    node.fromPod(a, Packet.udp(a.party(), 1, b.party(), 53, false));
    flush(false);
    assertThat(ended())
        .containsExactly(
            "ended %s:1 > %s:53 [1, 52]".formatted(a.party().address4(), b.party().address4()),
            "ended %s:53 > %s:1 [0, 0]".formatted(b.party().address4(), a.party().address4()));
  }
}
