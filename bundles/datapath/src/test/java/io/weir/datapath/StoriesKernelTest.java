package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.FIN;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections from their beginning to their end. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StoriesKernelTest {
  private static final int A = 1001;
  private static final int B = 1002;
  private static final String THERE = "10.0.0.1:40000 > 10.0.0.2:80";
  private static final String BACK = "10.0.0.2:80 > 10.0.0.1:40000";

  private TestNode node;
  private Pod a;
  private Pod b;
  private Pod spare;

  @BeforeAll
  void open() {
    node = new TestNode("stories");
    a = node.pod(1, A);
    b = node.pod(2, B);
    spare = node.pod(3, 1003);
  }

  @AfterAll
  void close() {
    node.close();
  }

  /** a may ask b for port 80; b and who comes after it may ask nobody. */
  @BeforeEach
  void reset() {
    node.reset();
    node.remove(spare);
    isolate(b);
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
    node.told();
  }

  private void isolate(Pod pod) {
    node.policy(
        node.isolated(
            pod,
            Direction.INGRESS,
            Map.of(
                A,
                List.of(TestNode.allow(Packet.TCP, 80, 11), TestNode.allow(Packet.UDP, 80, 12)))));
    node.policy(node.isolated(pod, Direction.EGRESS, Map.of()));
  }

  private String ask(int flags) {
    return node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 80, false, flags)).verdict();
  }

  private String answer(int flags) {
    return node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), 40000, false, flags)).verdict();
  }

  private List<String> told(TestNode.Outcome outcome) {
    return outcome.texts();
  }

  /**
   * A connection from SYN to the last ACK.
   *
   * <pre>
   *   a                    b      told
   *   │ ─────── SYN ─────► │      opened
   *   │ ◄──── SYN,ACK ──── │      first reply
   *   │ ─────── ACK ─────► │
   *   │ ─── 10 bytes ────► │
   *   │ ◄─── 10 bytes ──── │
   *   │ ─────── FIN ─────► │
   *   │ ◄────── FIN ────── │      closed: 5 packets there, 3 back
   *   │ ─────── ACK ─────► │
   * </pre>
   */
  @Test
  void should_tell_a_connection_from_its_syn_to_its_fin() {
    record Step(boolean asks, int flags, String told) {}
    List<Step> steps =
        List.of(
            new Step(true, SYN, "opened " + THERE),
            new Step(false, SYN | ACK, "first reply " + BACK),
            new Step(true, ACK, ""),
            new Step(true, ACK | PSH, ""),
            new Step(false, ACK | PSH, ""),
            new Step(true, FIN | ACK, ""),
            new Step(
                false, FIN | ACK, "closed " + BACK + " [3, 172]; closed " + THERE + " [4, 236]"),
            new Step(true, ACK, ""));
    for (Step step : steps) {
      TestNode.Outcome out =
          step.asks()
              ? node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 80, false, step.flags()))
              : node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), 40000, false, step.flags()));
      assertThat(out.verdict()).as(step.toString()).isEqualTo("redirect");
      assertThat(String.join("; ", told(out))).as(step.toString()).isEqualTo(step.told());
    }
  }

  /**
   * A policy comes while a connection lives.
   *
   * <pre>
   *   a                    b
   *   │ ◄── established ─► │
   *   │ ─── 10 bytes ────► │
   *   │                    │  ◄── policy: nobody may ask b
   *   │ ─── 10 bytes ──╳   │      dropped: policy denied
   *   │   ╳── 10 bytes ─── │      dropped: the one who asked may no longer
   *   │                    │  ◄── policy: a may ask b again
   *   │ ─── 10 bytes ────► │      the same connection goes on
   * </pre>
   */
  @Test
  void should_cut_a_connection_that_a_new_policy_forbids() {
    ask(SYN);
    answer(SYN | ACK);
    assertThat(ask(ACK | PSH)).isEqualTo("redirect");
    node.policy(node.isolated(b, Direction.INGRESS, Map.of()));
    node.put();
    assertThat(ask(ACK | PSH)).isEqualTo("drop 133");
    assertThat(answer(ACK | PSH)).isEqualTo("drop 133");
    isolate(b);
    node.put();
    assertThat(ask(ACK | PSH)).isEqualTo("redirect");
    assertThat(answer(ACK | PSH)).isEqualTo("redirect");
  }

  /**
   * The kernel evicts entries of a connection that lives.
   *
   * <pre>
   *   entries of        a → b    b → a
   *   established         ●        ●
   *   evicted             ○        ●     data of a, then of b: passed, both entries are there again
   *   evicted             ●        ○     data of b, then of a
   *   evicted             ○        ○     data of b first, which b may not send but as an answer
   * </pre>
   */
  @Test
  void should_not_cut_a_permitted_connection_by_an_eviction() {
    Flows flows = new Flows(node.kernel, Packet.TCP);
    Address one = a.party().address4();
    Address two = b.party().address4();
    ask(SYN);
    answer(SYN | ACK);
    ask(ACK);
    for (int evicted = 1; evicted <= 3; evicted++) {
      for (boolean answerFirst : new boolean[] {false, true}) {
        assertThat((evicted & 1) == 0 || flows.evict(one, 40000, two, 80)).isTrue();
        assertThat((evicted & 2) == 0 || flows.evict(two, 80, one, 40000)).isTrue();
        String first = answerFirst ? answer(ACK | PSH) : ask(ACK | PSH);
        String second = answerFirst ? ask(ACK | PSH) : answer(ACK | PSH);
        assertThat(List.of(first, second))
            .as("evicted %s, answer first %s", evicted, answerFirst)
            .containsExactly("redirect", "redirect");
        assertThat(
                io.weir.datapath.abi.FlowLayout.flags(
                        flows.entry(one, 40000, two, 80).orElseThrow(), 0)
                    & Abi.FLOW_INITIATOR)
            .as("it is still known who asked")
            .isNotZero();
      }
    }
  }

  /**
   * A pod goes, and another gets its address.
   *
   * <pre>
   *   a                     b = 10.0.0.2
   *   │ ─── UDP, TCP ─────► │
   *   │                     ✝
   *   │                     c = 10.0.0.2, whom a may ask, too; c may ask nobody
   *   │   ╳── UDP from 80 ─ │      no answer: c was never asked
   *   │ ───── UDP ────────► │      a asks c, by c's interface
   *   │ ◄──── UDP from 80 ─ │      now it is one
   * </pre>
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_not_take_a_pod_for_the_one_that_had_its_address(boolean ipv6) {
    Packet asked = Packet.udp(a.party(), 40000, b.party(), 80, ipv6);
    assertThat(node.fromPod(a, asked).verdict()).isEqualTo("redirect");
    Pod c = successor();
    Packet answer = Packet.udp(c.party(), 80, a.party(), 40000, ipv6);
    assertThat(node.fromPod(c, answer).verdict()).isEqualTo("drop 133");
    assertThat(node.fromPod(b, answer).verdict()).as("who is gone").isEqualTo("drop 203");
    TestNode.Outcome again = node.fromPod(a, asked);
    assertThat(again.verdict()).isEqualTo("redirect");
    assertThat(again.texts()).singleElement().asString().startsWith("opened");
    assertThat(again.told().get(0).destinationIdentity()).isEqualTo(1003);
    Flows flows = new Flows(node.kernel, Packet.UDP);
    byte[] entry =
        flows.entry(a.party().address(ipv6), 40000, c.party().address(ipv6), 80).orElseThrow();
    assertThat(io.weir.datapath.abi.FlowLayout.redirect(entry, 0)).isEqualTo(c.ifindex());
    assertThat(node.fromPod(c, answer).verdict()).isEqualTo("redirect");
  }

  /** The same, where a asked a service whose backend b was. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_not_take_a_pod_for_the_backend_that_had_its_address(boolean ipv6) {
    Party service = Party.outside("10.96.0.1", "fd10:96::1");
    String address = service.address(ipv6).toString();
    node.frontend(7, address, 53, Packet.UDP, node.backend(b, ipv6, 80));
    node.put();
    assertThat(node.fromPod(a, Packet.udp(a.party(), 40000, service, 53, ipv6)).verdict())
        .isEqualTo("redirect");
    node.frontend(7, address, 53, Packet.UDP);
    Pod c = successor();
    assertThat(node.fromPod(c, Packet.udp(c.party(), 80, a.party(), 40000, ipv6)).verdict())
        .isEqualTo("drop 133");
  }

  /** b goes; who comes has its addresses, and as little permission, on another veth. */
  private Pod successor() {
    node.remove(b);
    node.put();
    Party party = new Party("c", spare.ifindex(), spare.party().mac(), b.party().addresses());
    Pod c = new Pod(3, 1003, spare.device(), party, spare.inside());
    node.add(c);
    isolate(c);
    node.put();
    return c;
  }
}
