package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.FIN;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.RST;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Checksum;
import io.weir.itests.testing.packet.Frame;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Services for what the socket hooks have not translated: packet by packet. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServicePacketsKernelTest {
  private static final int WEB = 7;
  private static final int DNS = 8;
  private static final int EMPTY = 9;
  private static final String VIP4 = "10.96.0.1";
  private static final String VIP6 = "fd10:96::1";

  private TestNode node;
  private Pod a;
  private Pod b;
  private Pod c;
  private Party service;

  @BeforeAll
  void open() {
    node = new TestNode("services");
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
    c = node.pod(3, 1003);
    service = Party.outside(VIP4, VIP6);
  }

  @AfterAll
  void close() {
    node.close();
  }

  /** The service's TCP port 80 is port 8080 of b, its UDP port 53 is port 5353 of b. */
  @BeforeEach
  void reset() {
    node.reset();
    for (boolean six : new boolean[] {false, true}) {
      web(six, node.backend(b, six, 8080));
      dns(six, node.backend(b, six, 5353));
      node.frontend(EMPTY + (six ? 10 : 0), vip(six), 81, Packet.TCP);
      node.frontend(EMPTY + (six ? 30 : 20), vip(six), 81, Packet.UDP);
    }
    node.put();
    node.told();
  }

  private static String vip(boolean six) {
    return six ? VIP6 : VIP4;
  }

  private void web(boolean six, Backend... backends) {
    node.frontend(WEB + (six ? 100 : 0), vip(six), 80, Packet.TCP, backends);
  }

  private void dns(boolean six, Backend... backends) {
    node.frontend(DNS + (six ? 100 : 0), vip(six), 53, Packet.UDP, backends);
  }

  private Outcome ask(int port, boolean six, int flags) {
    return node.fromPod(a, Packet.tcp(a.party(), port, service, 80, six, flags));
  }

  private Outcome askDns(int port, boolean six) {
    return node.fromPod(a, Packet.udp(a.party(), port, service, 53, six));
  }

  private String ends(Pod from, int port, Pod to, int toPort, boolean six) {
    return "%s:%d > %s:%d"
        .formatted(from.party().address(six), port, to.party().address(six), toPort);
  }

  private static void checkFrame(Outcome out, String ends) {
    assertThat(out.verdict()).isEqualTo("redirect");
    assertThat(out.frame().ends()).isEqualTo(ends);
    assertThat(out.frame().valid()).as("checksums").isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_lead_tcp_to_a_backend_and_its_answers_back(boolean six) {
    String there = ends(a, 40000, b, 8080, six);
    String back = vip(six) + ":80 > " + a.party().address(six) + ":40000";
    Outcome opened = ask(40000, six, SYN);
    checkFrame(opened, there);
    Told told = opened.told().get(0);
    assertThat(told.toString()).isEqualTo("opened " + there);
    assertThat(told.service()).isEqualTo(WEB + (six ? 100 : 0));
    assertThat(told.has(Abi.EVENT_TRANSLATED)).isTrue();
    assertThat(told.destinationIdentity()).isEqualTo(1002);
    Outcome reply = node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), 40000, six, SYN | ACK));
    checkFrame(reply, back);
    assertThat(reply.texts()).containsExactly("first reply " + back);
    checkFrame(ask(40000, six, ACK | PSH), there);
    checkFrame(
        node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), 40000, six, ACK | PSH)), back);
    ask(40000, six, FIN | ACK);
    Outcome closed = node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), 40000, six, FIN | ACK));
    assertThat(closed.told().get(0).toString())
        .startsWith("closed " + ends(b, 8080, a, 40000, six));
    assertThat(closed.told().get(0).counts().get(0)).isEqualTo(3);
    assertThat(closed.told().get(1).toString()).startsWith("closed " + there);
    assertThat(closed.told().get(1).counts().get(0)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_lead_udp_to_a_backend_and_its_answers_back(boolean six) {
    checkFrame(askDns(40000, six), ends(a, 40000, b, 5353, six));
    checkFrame(
        node.fromPod(b, Packet.udp(b.party(), 5353, a.party(), 40000, six)),
        vip(six) + ":53 > " + a.party().address(six) + ":40000");
  }

  @Test
  void should_leave_udp_without_a_checksum_without() {
    byte[] packet = Packet.udp(a.party(), 40000, service, 53, false).bytes();
    packet[40] = packet[41] = 0;
    Outcome out = node.fromPod(a, packet);
    assertThat(out.frame().ends()).isEqualTo(ends(a, 40000, b, 5353, false));
    assertThat(ByteBuffer.wrap(out.bytes()).getShort(40)).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_judge_the_backend_and_its_port(boolean six) {
    node.policy(
        node.isolated(
            b, Direction.INGRESS, Map.of(1001, List.of(TestNode.allow(Packet.TCP, 80, 1)))));
    node.put();
    assertThat(ask(40000, six, SYN).verdict()).isEqualTo("drop 133");
    node.policy(
        node.isolated(
            b, Direction.INGRESS, Map.of(1001, List.of(TestNode.allow(Packet.TCP, 8080, 1)))));
    node.put();
    assertThat(ask(40000, six, SYN).verdict()).isEqualTo("redirect");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_translate_fragments_too(boolean six) {
    Packet whole = Packet.udp(a.party(), 40000, service, 53, six, 56);
    Outcome first = node.fromPod(a, whole.part(5, 0, 24));
    Outcome later = node.fromPod(a, whole.part(5, 24, 64));
    for (Outcome each : List.of(first, later)) {
      assertThat(each.verdict()).isEqualTo("redirect");
      int at = six ? 38 : 30;
      int size = six ? 16 : 4;
      assertThat(java.util.Arrays.copyOfRange(each.bytes(), at, at + size))
          .isEqualTo(b.party().address(six).bytes());
    }
    byte[] datagram = new byte[64];
    int header = six ? 14 + 48 : 34;
    System.arraycopy(first.bytes(), header, datagram, 0, 24);
    System.arraycopy(later.bytes(), header, datagram, 24, 40);
    assertThat(ByteBuffer.wrap(datagram).getShort(2)).isEqualTo((short) 5353);
    assertThat(
            Checksum.ofLayer4(a.party().address(six), b.party().address(six), Packet.UDP, datagram))
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_translate_errors_and_what_they_carry(boolean six) {
    Outcome asked = askDns(40000, six);
    assertThat(asked.frame().valid()).isTrue();
    Packet met = Packet.udp(a.party(), 40000, b.party(), 5353, six);
    Packet error = Packet.error(b.party(), a.party(), six, six ? 1 : 3, six ? 4 : 3, met);
    Outcome out = node.fromPod(b, error);
    assertThat(out.verdict()).isEqualTo("redirect");
    Frame frame = out.frame();
    assertThat(frame.ends()).isEqualTo(vip(six) + " > " + a.party().address(six));
    assertThat(frame.carriedEnds())
        .isEqualTo("%s:40000 > %s:53".formatted(a.party().address(six), vip(six)));
    assertThat(frame.valid()).as("checksums").isTrue();
    assertThat(six || frame.carriedHeaderValid()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_reset_tcp_without_a_backend(boolean six) {
    Packet asked = Packet.tcp(a.party(), 40000, service, 81, six, SYN);
    Outcome out = node.fromPod(a, asked);
    assertThat(out.verdict()).isEqualTo("answer [158]");
    assertThat(out.texts()).singleElement().asString().startsWith("dropped 158");
    assertThat(out.told().get(0).service()).isEqualTo(EMPTY + (six ? 10 : 0));
    Frame reset = out.frame();
    assertThat(reset.valid()).isTrue();
    assertThat(reset.ends())
        .isEqualTo("%s:81 > %s:40000".formatted(vip(six), a.party().address(six)));
    assertThat(reset.flags()).isEqualTo(RST | ACK);
    assertThat(ByteBuffer.wrap(reset.body()).getInt(8)).as("acknowledged").isEqualTo(1001);
    assertThat(reset.destinationMac()).isEqualTo(a.party().mac());
    assertThat(reset.sourceMac()).isEqualTo(Party.HOST_MAC);
  }

  @Test
  void should_reset_where_it_was_acknowledged_and_not_answer_a_reset() {
    Frame reset = node.fromPod(a, Packet.tcp(a.party(), 40000, service, 81, false, ACK)).frame();
    assertThat(reset.flags()).isEqualTo(RST);
    assertThat(ByteBuffer.wrap(reset.body()).getInt(4)).as("sequence").isEqualTo(2000);
    assertThat(node.fromPod(a, Packet.tcp(a.party(), 40000, service, 81, false, RST)).verdict())
        .isEqualTo("drop 158");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_say_unreachable_to_udp_without_a_backend(boolean six) {
    Packet asked = Packet.udp(a.party(), 40000, service, 81, six, 100);
    Outcome out = node.fromPod(a, asked);
    assertThat(out.verdict()).isEqualTo("answer [158]");
    Frame error = out.frame();
    assertThat(error.valid()).isTrue();
    assertThat(error.ends()).isEqualTo(vip(six) + " > " + a.party().address(six));
    assertThat(error.body()).startsWith(six ? 1 : 3, six ? 4 : 3);
    assertThat(error.carriedEnds())
        .isEqualTo("%s:40000 > %s:81".formatted(a.party().address(six), vip(six)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_not_lead_new_connections_to_a_backend_that_went(boolean six) {
    ask(40000, six, SYN);
    node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), 40000, six, SYN | ACK));
    ask(40000, six, ACK);
    askDns(40000, six);
    web(six, node.backend(c, six, 8080));
    dns(six, node.backend(c, six, 5353));
    node.put();
    checkFrame(ask(40001, six, SYN), ends(a, 40001, c, 8080, six));
    assertThat(ask(40000, six, ACK | PSH).frame().ends())
        .as("a connection that lives goes on")
        .isEqualTo(ends(a, 40000, b, 8080, six));
    checkFrame(askDns(40000, six), ends(a, 40000, c, 5353, six));
    checkFrame(ask(40000, six, SYN), ends(a, 40000, c, 8080, six));
  }

  @Test
  void should_refuse_when_the_last_backend_went() {
    askDns(40000, false);
    dns(false);
    node.put();
    assertThat(askDns(40000, false).verdict()).isEqualTo("answer [158]");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_take_another_port_where_answers_would_look_alike(boolean six) {
    checkFrame(ask(40000, six, SYN), ends(a, 40000, b, 8080, six));
    node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), 40000, six, SYN | ACK));
    ask(40000, six, ACK);
    Outcome direct = node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 8080, six, SYN));
    assertThat(direct.verdict()).isEqualTo("redirect");
    assertThat(direct.frame().valid()).isTrue();
    int port = direct.frame().sourcePort();
    assertThat(port).isNotEqualTo(40000).isGreaterThanOrEqualTo(1024);
    checkFrame(
        node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), port, six, SYN | ACK)),
        ends(b, 8080, a, 40000, six));
    checkFrame(
        node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), 40000, six, ACK | PSH)),
        vip(six) + ":80 > " + a.party().address(six) + ":40000");
    Outcome more = node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 8080, six, ACK));
    checkFrame(more, ends(a, port, b, 8080, six));
  }

  @Test
  void should_take_another_port_for_the_service_where_the_backend_was_asked_first() {
    node.fromPod(a, Packet.udp(a.party(), 40000, b.party(), 5353, false));
    Outcome out = askDns(40000, false);
    assertThat(out.verdict()).isEqualTo("redirect");
    int port = out.frame().sourcePort();
    assertThat(port).isNotEqualTo(40000);
    checkFrame(
        node.fromPod(b, Packet.udp(b.party(), 5353, a.party(), port, false)),
        VIP4 + ":53 > 10.0.0.1:40000");
    checkFrame(
        node.fromPod(b, Packet.udp(b.party(), 5353, a.party(), 40000, false)),
        ends(b, 5353, a, 40000, false));
  }

  @Test
  void should_free_the_port_of_a_connection_that_was_closed() {
    ask(40000, false, SYN);
    node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), 40000, false, RST | ACK));
    checkFrame(
        node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 8080, false, SYN)),
        ends(a, 40000, b, 8080, false));
    checkFrame(
        node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), 40000, false, SYN | ACK)),
        ends(b, 8080, a, 40000, false));
  }

  @Test
  void should_not_let_an_answerers_syn_break_into_a_live_connection() {
    ask(40000, false, SYN);
    node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), 40000, false, SYN | ACK));
    assertThat(node.fromPod(b, Packet.tcp(b.party(), 8080, a.party(), 40000, false, SYN)).verdict())
        .isEqualTo("drop 241");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_lead_a_pod_to_itself_under_the_gateways_address(boolean six) {
    Outcome out = node.fromPod(b, Packet.tcp(b.party(), 40000, service, 80, six, SYN));
    checkFrame(out, "%s:40000 > %s:8080".formatted(node.host.address(six), b.party().address(six)));
    checkFrame(
        node.fromPod(b, Packet.tcp(b.party(), 8080, node.host, 40000, six, SYN | ACK)),
        "%s:80 > %s:40000".formatted(vip(six), b.party().address(six)));
  }

  @Test
  void should_use_all_backends() {
    web(false, node.backend(b, false, 8080), node.backend(c, false, 8080));
    node.put();
    Set<Address> used = new HashSet<>();
    for (int port = 41000; port < 41100; port++) {
      used.add(ask(port, false, SYN).frame().destination());
    }
    assertThat(used).containsExactlyInAnyOrder(b.party().address4(), c.party().address4());
  }

  @Test
  void should_keep_its_backend_where_the_flow_was_evicted() {
    web(false, node.backend(b, false, 8080), node.backend(c, false, 8080));
    node.put();
    for (int port = 42000; port < 42020; port++) {
      Address backend = ask(port, false, SYN).frame().destination();
      node.kernel.clear("flows4");
      assertThat(ask(port, false, ACK | PSH).frame().destination()).isEqualTo(backend);
    }
  }

  @Test
  void should_mark_its_flows_as_translated() {
    ask(40000, false, SYN);
    byte[] entry =
        new Flows(node.kernel, Packet.TCP)
            .entry(a.party().address4(), 40000, Address.parse(VIP4), 80)
            .orElseThrow();
    assertThat(FlowLayout.flags(entry, 0)).isEqualTo(Abi.FLOW_INITIATOR | Abi.FLOW_TRANSLATED);
    assertThat(FlowLayout.service(entry, 0)).isEqualTo(WEB);
    assertThat(FlowLayout.redirect(entry, 0)).isEqualTo(b.ifindex());
  }
}
