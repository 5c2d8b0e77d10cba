package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A connection of which the first packet that is seen after its entries were evicted is an answer:
 * who sends it is taken for the one who asked.
 *
 * <pre>
 *   a ──SYN──► b     entries evicted     a ◄──ACK── b     b may ask nobody     a ──ACK──► b ?
 * </pre>
 */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuessedFlowsKernelTest {
  private static final int A = 1001;
  private static final int B = 1002;

  private TestNode node;
  private Pod a;
  private Pod b;

  @BeforeAll
  void open() {
    node = new TestNode("guess");
    a = node.pod(1, A);
    b = node.pod(2, B);
  }

  @AfterAll
  void close() {
    node.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
  }

  private Outcome ask(int flags, boolean ipv6) {
    return node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 80, ipv6, flags));
  }

  private Outcome answer(int flags, boolean ipv6) {
    return node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), 40000, ipv6, flags));
  }

  private void guessWrongly(boolean ipv6) {
    ask(SYN, ipv6);
    answer(SYN | ACK, ipv6);
    ask(ACK, ipv6);
    Flows tcp = new Flows(node.kernel, Packet.TCP);
    assertThat(tcp.evict(a.party().address(ipv6), 40000, b.party().address(ipv6), 80)).isTrue();
    assertThat(tcp.evict(b.party().address(ipv6), 80, a.party().address(ipv6), 40000)).isTrue();
    assertThat(answer(ACK | PSH, ipv6).texts())
        .containsExactly(
            "opened %s:80 > %s:40000".formatted(b.party().address(ipv6), a.party().address(ipv6)));
  }

  private void isolate(Pod pod, Direction direction) {
    node.policy(node.isolated(pod, direction, Map.of()));
    node.put();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_ask_for_the_other_direction_once_the_guess_is_denied(boolean ipv6) {
    guessWrongly(ipv6);
    isolate(b, Direction.EGRESS);
    assertThat(answer(ACK | PSH, ipv6).texts())
        .containsExactly(
            "opened %s:40000 > %s:80".formatted(a.party().address(ipv6), b.party().address(ipv6)),
            "first reply %s:80 > %s:40000"
                .formatted(b.party().address(ipv6), a.party().address(ipv6)));
    assertThat(ask(ACK | PSH, ipv6).verdict()).isEqualTo("redirect");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_do_so_whoever_goes_on_first(boolean ipv6) {
    guessWrongly(ipv6);
    isolate(b, Direction.EGRESS);
    assertThat(ask(ACK | PSH, ipv6).verdict()).isEqualTo("redirect");
    assertThat(answer(ACK | PSH, ipv6).verdict()).isEqualTo("redirect");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_deny_both_where_neither_may_ask(boolean ipv6) {
    guessWrongly(ipv6);
    isolate(b, Direction.EGRESS);
    node.policy(
        node.isolated(b, Direction.INGRESS, Map.of(A, List.of(TestNode.allow(Packet.TCP, 81, 1)))));
    node.put();
    assertThat(answer(ACK | PSH, ipv6).verdict()).isEqualTo("drop 133");
    assertThat(ask(ACK | PSH, ipv6).verdict()).isEqualTo("drop 133");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_not_ask_for_the_other_direction_where_who_asked_was_seen(boolean ipv6) {
    guessWrongly(ipv6);
    answer(SYN, ipv6);
    isolate(b, Direction.EGRESS);
    assertThat(answer(ACK | PSH, ipv6).verdict()).isEqualTo("drop 133");
  }
}
