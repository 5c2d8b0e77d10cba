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
import io.weir.itests.testing.packet.Party;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A translation whose flow was evicted, both entries of it, and whose pod has gone: it is not for
 * the pod that has the address now.
 */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NatOwnerKernelTest {
  private static final Party SERVICE = Party.outside("10.96.0.1", "fd10:96::1");
  private static final int PORT = 40000;
  private static final int WEB = 7;

  private TestNode node;
  private Pod a;
  private Pod b;
  private Pod other;
  private Pod spare;

  @BeforeAll
  void open() {
    node = new TestNode("natowner");
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
    other = node.pod(3, 1003);
    spare = node.pod(4, 1004);
  }

  @AfterAll
  void close() {
    node.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
    node.remove(spare);
    lead(b);
    node.put();
  }

  private void lead(Pod backend) {
    for (boolean six : new boolean[] {false, true}) {
      for (int protocol : new int[] {Packet.TCP, Packet.UDP}) {
        int number = WEB + protocol + (six ? 100 : 0);
        String address = SERVICE.address(six).toString();
        node.frontend(number, address, 80, protocol, node.backend(backend, six, 8080));
      }
    }
  }

  private static Packet packet(
      boolean tcp, Party from, int port, Party to, int toPort, boolean six) {
    return tcp
        ? Packet.tcp(from, port, to, toPort, six, ACK | PSH)
        : Packet.udp(from, port, to, toPort, six);
  }

  private void ask(boolean tcp, boolean six) {
    if (tcp) {
      node.fromPod(a, Packet.tcp(a.party(), PORT, SERVICE, 80, six, SYN));
    }
    Outcome asked = node.fromPod(a, packet(tcp, a.party(), PORT, SERVICE, 80, six));
    assertThat(asked.frame().destination()).isEqualTo(b.party().address(six));
  }

  /** Who goes is followed by a pod on another veth, with its addresses. */
  private Pod successor(Pod gone) {
    node.kernel.clear("flows4");
    node.kernel.clear("flows6");
    node.remove(gone);
    node.put();
    Party party = new Party("next", spare.ifindex(), spare.party().mac(), gone.party().addresses());
    Pod next = new Pod(5, 1005, spare.device(), party, spare.inside());
    node.add(next);
    node.put();
    return next;
  }

  @ParameterizedTest
  @CsvSource({"true, false", "true, true", "false, false", "false, true"})
  void should_not_lend_the_service_s_address_to_who_has_the_backend_s_now(
      boolean tcp, boolean six) {
    ask(tcp, six);
    Pod next = successor(b);
    Outcome sent = node.fromPod(next, packet(tcp, next.party(), 8080, a.party(), PORT, six));
    assertThat(sent.verdict()).isEqualTo("redirect");
    assertThat(sent.frame().source()).isEqualTo(next.party().address(six));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_not_take_what_it_sends_for_the_answer_that_the_backend_owed(boolean six) {
    ask(false, six);
    Pod next = successor(b);
    node.policy(node.isolated(next, Direction.EGRESS, Map.of()));
    node.put();
    assertThat(
            node.fromPod(next, packet(false, next.party(), 8080, a.party(), PORT, six)).verdict())
        .isEqualTo("drop 133");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_choose_a_backend_anew_for_who_has_the_client_s_address_now(boolean six) {
    ask(true, six);
    Pod next = successor(a);
    lead(other);
    node.put();
    Outcome sent = node.fromPod(next, packet(true, next.party(), PORT, SERVICE, 80, six));
    assertThat(sent.frame().destination()).isEqualTo(other.party().address(six));
  }

  /** What the interface must not cost: the pod's own flow goes on by its translation. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_keep_the_translation_for_the_pod_that_it_was_made_for(boolean six) {
    ask(true, six);
    for (String map : List.of("flows4", "flows6")) {
      node.kernel.clear(map);
    }
    Outcome answered = node.fromPod(b, packet(true, b.party(), 8080, a.party(), PORT, six));
    assertThat(answered.frame().source()).isEqualTo(SERVICE.address(six));
  }
}
