package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets that show no ports of their own: fragments, and errors that carry another's head. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FragmentsKernelTest {
  private TestNode node;
  private Pod a;
  private Pod b;
  private Pod c;

  @BeforeAll
  void open() {
    node = new TestNode("fragments");
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
    c = node.pod(3, 1003);
  }

  @AfterAll
  void close() {
    node.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
    node.policy(
        node.isolated(
            b, Direction.INGRESS, Map.of(1001, List.of(TestNode.allow(Packet.UDP, 53, 12)))));
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
  }

  private Packet datagram(int port, boolean ipv6) {
    return Packet.udp(a.party(), 40000, b.party(), port, ipv6, 56);
  }

  private String send(Packet packet) {
    return node.fromPod(a, packet).verdict();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_pass_fragments_of_a_permitted_datagram_in_order(boolean ipv6) {
    Packet whole = datagram(53, ipv6);
    assertThat(send(whole.part(7, 0, 24))).isEqualTo("redirect");
    assertThat(send(whole.part(7, 24, 48))).isEqualTo("redirect");
    assertThat(send(whole.part(7, 48, 64))).isEqualTo("redirect");
    assertThat(node.told()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_drop_fragments_of_a_forbidden_datagram(boolean ipv6) {
    Packet whole = datagram(54, ipv6);
    assertThat(send(whole.part(7, 0, 24))).isEqualTo("drop 133");
    assertThat(send(whole.part(7, 24, 64))).isEqualTo("drop 133");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_drop_a_later_fragment_without_its_first(boolean ipv6) {
    assertThat(send(datagram(53, ipv6).part(7, 24, 64))).isEqualTo("drop 175");
    assertThat(send(datagram(53, ipv6).part(8, 0, 24))).isEqualTo("redirect");
    assertThat(send(datagram(53, ipv6).part(8, 24, 64))).isEqualTo("redirect");
  }

  /**
   * Fragments of a second datagram come in the wrong order.
   *
   * <pre>
   *   a ── 8: first, last ─────► b
   *   a ── 9: last ────────────► b     by the flow of 8
   *   a ── 9: first ───────────► b
   *                                    a may no longer ask b
   *   a ── 10: last ──╳                the flow of 8 is not valid, and no new one is begun by it
   * </pre>
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_pass_fragments_that_overtake_their_first_where_a_flow_of_their_kind_is(boolean ipv6) {
    send(datagram(53, ipv6).part(8, 0, 24));
    send(datagram(53, ipv6).part(8, 24, 64));
    Outcome overtaking = node.fromPod(a, datagram(53, ipv6).part(9, 24, 64));
    assertThat(overtaking.verdict()).isEqualTo("redirect");
    assertThat(overtaking.told()).isEmpty();
    assertThat(send(datagram(53, ipv6).part(9, 0, 24))).isEqualTo("redirect");
    Packet tcp = Packet.of(a.party(), b.party(), ipv6, Packet.TCP, new byte[48], -1);
    assertThat(send(tcp.part(10, 24, 48))).as("of another protocol").isEqualTo("drop 175");
    Packet other = Packet.udp(a.party(), 40000, c.party(), 53, ipv6, 56);
    assertThat(send(other.part(10, 24, 64))).as("to another pod").isEqualTo("drop 175");
    node.policy(node.isolated(b, Direction.INGRESS, Map.of()));
    node.put();
    assertThat(send(datagram(53, ipv6).part(10, 24, 64))).isEqualTo("drop 175");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_not_learn_of_a_datagram_that_is_denied(boolean ipv6) {
    send(datagram(53, ipv6).part(8, 0, 24));
    assertThat(send(datagram(54, ipv6).part(9, 0, 24))).isEqualTo("drop 133");
    assertThat(send(datagram(54, ipv6).part(9, 24, 64)))
        .as("its first has come, and was denied")
        .isEqualTo("drop 133");
    assertThat(send(datagram(53, ipv6).part(10, 24, 64))).isEqualTo("redirect");
    assertThat(send(datagram(54, ipv6).part(11, 24, 64)))
        .as("it looks like the one before")
        .isEqualTo("redirect");
    assertThat(send(datagram(54, ipv6).part(11, 0, 24)))
        .as("nobody can put it together")
        .isEqualTo("drop 133");
  }

  /**
   * Extension headers may be behind the fragment header, which names them and not the protocol:
   * what that is only the first fragment shows (RFC 8200, 4.5).
   */
  @Test
  void should_take_the_protocol_of_a_later_fragment_from_the_first() {
    byte[] udp = Packet.udp(a.party(), 40000, b.party(), 53, true, 56).body();
    ByteBuffer body = ByteBuffer.allocate(8 + udp.length);
    body.put(new byte[] {Packet.UDP, 0, 1, 4, 0, 0, 0, 0}).put(udp);
    body.putShort(12, (short) udp.length);
    Packet datagram = Packet.of(a.party(), b.party(), true, OPTIONS, body.array(), -1);
    assertThat(send(datagram.part(7, 0, 24))).isEqualTo("redirect");
    assertThat(send(datagram.part(7, 24, 72))).isEqualTo("redirect");
    byte[] entry =
        new Flows(node.kernel, Packet.UDP)
            .entry(a.party().address6(), 40000, b.party().address6(), 53)
            .orElseThrow();
    assertThat(FlowLayout.packets(entry, 0)).isEqualTo(2);
  }

  /** Destination options of IPv6. */
  private static final int OPTIONS = 60;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_drop_a_first_fragment_without_ports(boolean ipv6) {
    Packet cut = Packet.of(a.party(), b.party(), ipv6, Packet.TCP, new byte[24], -1).part(3, 0, 8);
    assertThat(send(cut)).isEqualTo("drop 134");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_pass_fragments_to_a_pod_too(boolean ipv6) {
    node.policy(
        node.isolated(
            b,
            Direction.INGRESS,
            Map.of(ipv6 ? 10 : 9, List.of(TestNode.allow(Packet.UDP, 53, 1)))));
    node.put();
    Packet whole = Packet.udp(WORLD, 40000, b.party(), 53, ipv6, 56);
    assertThat(node.toPod(b, whole.part(7, 24, 64)).verdict()).isEqualTo("drop 175");
    assertThat(node.toPod(b, whole.part(7, 0, 24)).verdict()).isEqualTo("pass");
    assertThat(node.toPod(b, whole.part(7, 24, 64)).verdict()).isEqualTo("pass");
  }

  private Packet error(boolean ipv6, Packet carried) {
    return Packet.error(b.party(), a.party(), ipv6, ipv6 ? 1 : 3, ipv6 ? 4 : 3, carried);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_pass_errors_of_a_flow(boolean ipv6) {
    Packet asked = datagram(53, ipv6);
    node.fromPod(a, asked);
    Packet error = error(ipv6, asked);
    Outcome out = node.fromPod(b, error);
    assertThat(out.verdict()).isEqualTo("redirect");
    assertThat(out.bytes()).isEqualTo(error.bytes());
    assertThat(out.told()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_drop_errors_of_no_flow(boolean ipv6) {
    Packet asked = datagram(53, ipv6);
    assertThat(node.fromPod(b, error(ipv6, asked)).verdict()).isEqualTo("drop 244");
    node.fromPod(a, asked);
    assertThat(node.fromPod(b, error(ipv6, datagram(55, ipv6))).verdict()).isEqualTo("drop 244");
    Packet toOther = error(ipv6, Packet.udp(a.party(), 40000, WORLD, 53, ipv6));
    assertThat(node.fromPod(b, toOther).verdict()).isEqualTo("drop 244");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_drop_errors_of_a_flow_that_is_no_longer_permitted(boolean ipv6) {
    Packet asked = datagram(53, ipv6);
    node.fromPod(a, asked);
    node.policy(node.isolated(b, Direction.INGRESS, Map.of()));
    node.put();
    assertThat(node.fromPod(b, error(ipv6, asked)).verdict()).isEqualTo("drop 244");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_pass_too_big_from_a_router_on_the_way(boolean ipv6) {
    Packet asked = Packet.udp(a.party(), 40000, WORLD, 53, ipv6);
    Party router = Party.outside("198.51.100.1", "2001:db8:1::1");
    Packet error = Packet.error(router, a.party(), ipv6, ipv6 ? 2 : 3, ipv6 ? 0 : 4, asked);
    assertThat(node.toPod(a, error).verdict()).isEqualTo("drop 244");
    assertThat(node.fromPod(a, asked).verdict()).isEqualTo("pass");
    Outcome out = node.toPod(a, error);
    assertThat(out.verdict()).isEqualTo("pass");
    assertThat(out.bytes()).isEqualTo(error.bytes());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_pass_errors_of_an_echo(boolean ipv6) {
    Packet asked = Packet.echo(a.party(), WORLD, ipv6, true, 77);
    node.fromPod(a, asked);
    Packet error = Packet.error(WORLD, a.party(), ipv6, ipv6 ? 3 : 11, 0, asked);
    assertThat(node.toPod(a, error).verdict()).isEqualTo("pass");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_drop_an_error_that_is_cut(boolean ipv6) {
    Packet asked = datagram(53, ipv6);
    node.fromPod(a, asked);
    byte[] body = new byte[8 + 12];
    body[0] = (byte) (ipv6 ? 1 : 3);
    assertThat(node.fromPod(b, Packet.icmp(b.party(), a.party(), ipv6, body)).verdict())
        .isEqualTo("drop 244");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_not_let_an_error_reach_another_than_the_flows_sender(boolean ipv6) {
    node.policy(node.isolated(c, Direction.INGRESS, Map.of()));
    node.put();
    Packet asked = datagram(53, ipv6);
    node.fromPod(a, asked);
    Address other = c.party().address(ipv6);
    assertThat(node.fromPod(b, error(ipv6, asked).destination(other)).verdict())
        .isEqualTo("drop 244");
  }
}
