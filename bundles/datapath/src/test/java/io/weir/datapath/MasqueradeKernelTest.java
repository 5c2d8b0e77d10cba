package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.RST;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.Prefix;
import io.weir.api.row.Uplink;
import io.weir.datapath.MasqueradeSettings.Ports;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Event6CountsLayout;
import io.weir.datapath.abi.FlowLayout;
import io.weir.datapath.abi.NatLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Frame;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import io.weir.linux.BpfMap;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets of pods to the outside under the node's address, and their answers. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MasqueradeKernelTest {
  private static final Party SERVER = Party.outside("203.0.113.10", "2001:db8::10");
  private static final Party ROUTER = Party.outside("172.30.7.1", "fd30:7::1");
  private static final int POD_PORT = 40_000;
  private static final FlowTimes TIMES = FlowTimes.alike(1, 0, 1);

  private TestNode node;
  private TestNetns outside;
  private Uplink uplink;
  private Party us;
  private Pod a;
  private Pod b;

  @BeforeAll
  void open() {
    node = new TestNode("masquerade");
    outside = TestNetns.create("outside");
    uplink = node.uplink(1, outside);
    us = Party.outside("172.30.1.11", "fd30:1::11");
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
  }

  @AfterAll
  void close() {
    node.close();
    outside.close();
  }

  @BeforeEach
  void reset() {
    node.uplinks(uplink);
    node.reset();
  }

  private static Packet packet(
      String kind, Party from, int port, Party to, int toPort, boolean six, boolean first) {
    return switch (kind) {
      case "tcp" -> Packet.tcp(from, port, to, toPort, six, first ? SYN : ACK | PSH);
      case "udp" -> Packet.udp(from, port, to, toPort, six);
      case "sctp" -> Packet.sctp(from, port, to, toPort, six);
      default -> Packet.echo(from, to, six, toPort != 0, toPort != 0 ? port : 0);
    };
  }

  private Outcome ask(Pod pod, int port, boolean six, int flags) {
    return node.fromPod(pod, Packet.tcp(pod.party(), port, SERVER, 80, six, flags));
  }

  private Outcome answer(int port, boolean six, int flags) {
    return node.fromUplink(uplink, Packet.tcp(SERVER, 80, us, port, six, flags));
  }

  /** The port, or of ICMP the identifier, under which others see the packet's sender. */
  private int seenPort(Outcome out, boolean six) {
    assertThat(out.verdict()).isEqualTo("redirect");
    Frame frame = out.frame();
    assertThat(frame.source()).isEqualTo(us.address(six));
    assertThat(frame.destination()).isEqualTo(SERVER.address(six));
    assertThat(frame.valid()).as("checksums").isTrue();
    assertThat(hops(out)).as("it is a hop further").isEqualTo(63);
    return frame.protocol() == Packet.ICMP || frame.protocol() == Packet.ICMP6
        ? (frame.body()[4] & 0xff) << 8 | frame.body()[5] & 0xff
        : frame.sourcePort();
  }

  private static int hops(Outcome out) {
    return out.bytes()[14 + (out.frame().source().ipv6() ? 7 : 8)];
  }

  private void checkAnswer(Outcome out, Pod pod, int port, boolean six) {
    assertThat(out.verdict()).isEqualTo("redirect");
    assertThat(out.frame().ends())
        .isEqualTo("%s:80 > %s:%d".formatted(SERVER.address(six), pod.party().address(six), port));
    assertThat(out.frame().valid()).as("checksums").isTrue();
    assertThat(hops(out)).isEqualTo(63);
  }

  @ParameterizedTest
  @CsvSource({"tcp, false", "tcp, true", "udp, false", "udp, true"})
  void should_lead_out_with_the_nodes_address_and_back(String kind, boolean six) {
    int seen = 0;
    for (boolean first : new boolean[] {true, false, false}) {
      Outcome out = node.fromPod(a, packet(kind, a.party(), POD_PORT, SERVER, 80, six, first));
      int port = seenPort(out, six);
      assertThat(out.frame().destinationPort()).isEqualTo(80);
      assertThat(port).isBetween(20_000, 29_999);
      assertThat(first || port == seen).as("all of a flow leave from one port").isTrue();
      seen = port;
      checkAnswer(
          node.fromUplink(uplink, packet(kind, SERVER, 80, us, seen, six, false)),
          a,
          POD_PORT,
          six);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_translate_echo_by_its_identifier(boolean six) {
    for (int i = 0; i < 2; i++) {
      int seen = seenPort(node.fromPod(a, Packet.echo(a.party(), SERVER, six, true, 77)), six);
      assertThat(seen).isBetween(20_000, 29_999);
      Outcome back = node.fromUplink(uplink, Packet.echo(SERVER, us, six, false, seen));
      assertThat(back.verdict()).isEqualTo("redirect");
      assertThat(back.frame().destination()).isEqualTo(a.party().address(six));
      assertThat(back.frame().body()[4] << 8 | back.frame().body()[5]).isEqualTo(77);
      assertThat(back.frame().valid()).isTrue();
    }
    assertThat(node.fromUplink(uplink, Packet.echo(SERVER, us, six, false, 77)).verdict())
        .as("an answer to the host")
        .isEqualTo("pass");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_change_addresses_only_where_there_are_no_ports_to_change(boolean six) {
    Packet sctp = Packet.sctp(a.party(), 5000, SERVER, 80, six);
    Outcome out = node.fromPod(a, sctp);
    assertThat(out.verdict()).isEqualTo("redirect");
    assertThat(out.frame().source()).isEqualTo(us.address(six));
    assertThat(out.frame().body()).isEqualTo(Frame.of(sctp.bytes()).body());
    assertThat(node.fromPod(b, Packet.sctp(b.party(), 5000, SERVER, 80, six)).verdict())
        .as("answers to both would look alike")
        .isEqualTo("drop 241");
    Outcome back = node.fromUplink(uplink, Packet.sctp(SERVER, 80, us, 5000, six));
    assertThat(back.verdict()).isEqualTo("redirect");
    assertThat(back.frame().destination()).isEqualTo(a.party().address(six));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_keep_a_port_that_is_free_and_give_another_where_it_is_taken(boolean six) {
    assertThat(seenPort(ask(a, 25_000, six, SYN), six)).isEqualTo(25_000);
    int other = seenPort(ask(b, 25_000, six, SYN), six);
    assertThat(other).isNotEqualTo(25_000);
    checkAnswer(answer(25_000, six, SYN | ACK), a, 25_000, six);
    checkAnswer(answer(other, six, SYN | ACK), b, 25_000, six);
    assertThat(seenPort(ask(a, 25_000, six, SYN), six)).as("sent again").isEqualTo(25_000);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_drop_where_no_port_is_free_and_use_those_that_become_free(boolean six) {
    node.masquerading(new MasqueradeSettings(true, true, new Ports(20_000, 20_099), List.of()));
    node.put();
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      seen.add(seenPort(ask(a, POD_PORT + i, six, SYN), six));
    }
    assertThat(seen).as("every port, once").hasSize(100);
    assertThat(ask(b, POD_PORT, six, SYN).verdict()).isEqualTo("drop 241");
    assertThat(node.fromPod(b, Packet.tcp(b.party(), POD_PORT, SERVER, 81, six, SYN)).verdict())
        .as("each destination has all ports")
        .isEqualTo("redirect");
    ask(a, POD_PORT, six, RST);
    assertThat(ask(b, POD_PORT, six, SYN).verdict()).isEqualTo("redirect");
  }

  /** Who only sends, as statistics are, has the port as long as it does. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_not_give_away_the_port_of_a_flow_that_is_never_answered(boolean six) {
    node.masquerading(new MasqueradeSettings(true, true, new Ports(20_000, 20_000), List.of()));
    node.put();
    Packet asks = Packet.udp(a.party(), POD_PORT, SERVER, 53, six);
    Packet others = Packet.udp(b.party(), POD_PORT, SERVER, 53, six);
    seenPort(node.fromPod(a, asks), six);
    Flows flows = new Flows(node.kernel, Packet.UDP);
    byte[] answers = flows.key(SERVER.address(six), 53, us.address(six), 20_000);
    age(six ? "flows6" : "flows4", answers);
    age(six ? "nat6" : "nat4", answers);
    assertThat(node.fromPod(b, others).verdict()).isEqualTo("drop 241");
    age(
        six ? "flows6" : "flows4",
        flows.key(a.party().address(six), POD_PORT, SERVER.address(six), 53));
    assertThat(node.fromPod(b, others).verdict()).as("all is over").isEqualTo("redirect");
  }

  /** As if nothing had been seen of it for longer than a flow may be idle. */
  private void age(String map, byte[] key) {
    byte[] entry = node.kernel.map(map).lookup(key).orElseThrow();
    int idle = 1_000 * 1_000;
    if (map.startsWith("nat")) {
      NatLayout.seen(entry, 0, NatLayout.seen(entry, 0) - idle);
    } else {
      FlowLayout.seen(entry, 0, FlowLayout.seen(entry, 0) - idle);
    }
    node.kernel.map(map).update(key, entry);
  }

  @Test
  void should_say_who_has_the_ports_that_have_run_out() {
    Ports ports = new Ports(20_000, 20_099);
    node.masquerading(new MasqueradeSettings(true, true, ports, List.of()));
    node.put();
    Exhaustion exhaustion = new Exhaustion(node.kernel);
    ask(b, POD_PORT, false, SYN);
    for (int i = 0; i < 99; i++) {
      ask(a, POD_PORT + i, false, SYN);
    }
    assertThat(exhaustion.look(ports, Address::toString)).as("all had one").isEmpty();
    ask(b, POD_PORT + 1, false, SYN);
    assertThat(exhaustion.look(ports, Address::toString))
        .extracting(Problem::sentence)
        .containsExactly(
            "masquerade as 172.30.1.11 to 203.0.113.10:80/TCP: expected a free port of"
                + " 20000-20099, got 100 flows, of which 10.0.0.1 has 99, 10.0.0.2 has 1; see weir"
                + " nat; have them use fewer connections, or widen masquerade-ports");
    assertThat(exhaustion.look(ports, Address::toString)).as("told once").isEmpty();
    assertThat(Translations.count(node.kernel.map("nat4"), node.kernel.map("nat6")))
        .extracting(Map.Entry::getValue)
        .containsExactly(99, 1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_keep_the_ports_of_flows_that_nobody_answers(boolean six) {
    Packet asked = Packet.udp(a.party(), 25_000, SERVER, 53, six);
    seenPort(node.fromPod(a, asked), six);
    Flows flows = new Flows(node.kernel, Packet.UDP);
    BpfMap nats = node.kernel.map(six ? "nat6" : "nat4");
    byte[] answers = flows.key(SERVER.address(six), 53, us.address(six), 25_000);
    byte[] asks = flows.key(a.party().address(six), 25_000, SERVER.address(six), 53);
    flows.evict(SERVER.address(six), 53, us.address(six), 25_000); // as the kernel may
    byte[] nat = nats.lookup(answers).orElseThrow();
    int now = NatLayout.seen(nat, 0);
    NatLayout.seen(nat, 0, now - 100);
    nats.update(answers, nat);
    List<byte[]> told = new ArrayList<>();
    FlowCollector collector = new FlowCollector(node.kernel, told::add);
    collector.collect(six ? FlowFamily.IPV6 : FlowFamily.IPV4, TIMES, now);
    assertThat(nats.lookup(answers)).isPresent();
    collector.collect(six ? FlowFamily.IPV6 : FlowFamily.IPV4, TIMES, now + 100);
    collector.collect(six ? FlowFamily.IPV6 : FlowFamily.IPV4, TIMES, now + 100);
    assertThat(nats.lookup(answers)).as("all is over").isEmpty();
    assertThat(told)
        .extracting(
            event -> Address.of(Bytes.slice(event, Event6CountsLayout.SOURCE, six ? 16 : 4)))
        .as("told with the pod's own address")
        .containsExactly(a.party().address(six));
    assertThat(nats.lookup(asks)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_show_pods_own_addresses_where_settings_say_so(boolean six) {
    Packet before = Packet.udp(a.party(), POD_PORT, SERVER, 53, six);
    int seen = seenPort(node.fromPod(a, before), six);
    node.masquerading(
        new MasqueradeSettings(
            true,
            true,
            new Ports(20_000, 29_999),
            List.of(Prefix.parse("203.0.113.0/24"), Prefix.parse("2001:db8::/64"))));
    node.put();
    Outcome out = ask(a, POD_PORT, six, SYN);
    assertThat(out.verdict()).isEqualTo("pass");
    assertThat(out.frame().source()).isEqualTo(a.party().address(six));
    assertThat(seenPort(node.fromPod(a, before), six))
        .as("a flow keeps its translation")
        .isEqualTo(seen);
    node.masquerading(new MasqueradeSettings(six, !six, new Ports(20_000, 29_999), List.of()));
    node.put();
    assertThat(ask(a, POD_PORT + 1, six, SYN).verdict()).as("switched off").isEqualTo("pass");
    assertThat(ask(a, POD_PORT + 2, !six, SYN).verdict()).isEqualTo("redirect");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_let_alone_what_does_not_leave_by_an_uplink(boolean six) {
    assertThat(node.fromPod(a, Packet.tcp(a.party(), POD_PORT, us, 80, six, SYN)).verdict())
        .as("to the node itself")
        .isEqualTo("pass");
    node.uplinks(new Uplink("other", uplink.ifindex() + 100, uplink.addresses()));
    node.put();
    assertThat(ask(a, POD_PORT, six, SYN).verdict()).isEqualTo("pass");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_translate_errors_about_a_masqueraded_flow(boolean six) {
    Outcome out = node.fromPod(a, Packet.udp(a.party(), POD_PORT, SERVER, 53, six));
    int seen = seenPort(out, six);
    Packet carried = Packet.udp(us, seen, SERVER, 53, six);
    for (int type : six ? new int[] {1, 2, 3} : new int[] {3, 11}) {
      Outcome error = node.fromUplink(uplink, Packet.error(ROUTER, us, six, type, 0, carried));
      assertThat(error.verdict()).isEqualTo("redirect");
      assertThat(error.frame().source()).isEqualTo(ROUTER.address(six));
      assertThat(error.frame().destination()).isEqualTo(a.party().address(six));
      assertThat(error.frame().valid()).as("checksums").isTrue();
      assertThat(six || error.frame().carriedHeaderValid()).isTrue();
      assertThat(error.frame().carriedEnds())
          .isEqualTo(
              "%s:%d > %s:53".formatted(a.party().address(six), POD_PORT, SERVER.address(six)));
    }
    Packet others = Packet.udp(us, seen + 1, SERVER, 53, six);
    assertThat(node.fromUplink(uplink, Packet.error(ROUTER, us, six, 3, 0, others)).verdict())
        .as("about the host's own")
        .isEqualTo("pass");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_translate_errors_about_echo(boolean six) {
    int seen = seenPort(node.fromPod(a, Packet.echo(a.party(), SERVER, six, true, 77)), six);
    Packet carried = Packet.echo(us, SERVER, six, true, seen);
    Outcome error =
        node.fromUplink(uplink, Packet.error(ROUTER, us, six, six ? 3 : 11, 0, carried));
    assertThat(error.verdict()).isEqualTo("redirect");
    assertThat(error.frame().valid()).isTrue();
    byte[] body = error.frame().body();
    int icmp = 8 + (six ? 40 : 20);
    assertThat(body[icmp] & 0xff).as("type of the packet it carries").isEqualTo(six ? 128 : 8);
    assertThat(body[icmp + 4] << 8 | body[icmp + 5]).isEqualTo(77);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_translate_errors_of_the_pod(boolean six) {
    int seen = seenPort(node.fromPod(a, Packet.udp(a.party(), POD_PORT, SERVER, 53, six)), six);
    Packet carried = Packet.udp(SERVER, 53, a.party(), POD_PORT, six);
    Outcome error =
        node.fromPod(a, Packet.error(a.party(), SERVER, six, six ? 1 : 3, six ? 4 : 3, carried));
    assertThat(error.verdict()).isEqualTo("redirect");
    assertThat(error.frame().source()).isEqualTo(us.address(six));
    assertThat(error.frame().valid()).isTrue();
    assertThat(error.frame().carriedEnds())
        .isEqualTo("%s:53 > %s:%d".formatted(SERVER.address(six), us.address(six), seen));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_have_the_stack_say_that_no_hop_is_left(boolean six) {
    Packet last = Packet.udp(a.party(), POD_PORT, SERVER, 53, six).hops(1);
    for (int i = 0; i < 2; i++) {
      Outcome out = node.fromPod(a, last);
      assertThat(out.verdict()).isEqualTo("pass");
      assertThat(out.bytes()).as("as the pod sent it").isEqualTo(last.bytes());
    }
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
    node.fromPod(a, last);
    Party gateway = Party.outside("10.0.0.253", "fd00:10::fd");
    Packet error = Packet.error(gateway, a.party(), six, six ? 3 : 11, 0, last);
    assertThat(node.toPod(a, error).verdict()).isEqualTo("pass");
    Packet others = Packet.udp(a.party(), POD_PORT + 1, SERVER, 53, six);
    assertThat(
            node.toPod(a, Packet.error(gateway, a.party(), six, six ? 3 : 11, 0, others)).verdict())
        .as("of no flow")
        .startsWith("drop");
    Outcome first = node.fromPod(a, Packet.udp(a.party(), POD_PORT, SERVER, 53, six));
    int seen = seenPort(first, six);
    assertThat(node.fromUplink(uplink, Packet.udp(SERVER, 53, us, seen, six).hops(1)).verdict())
        .isEqualTo("drop 196");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_have_the_stack_say_that_a_packet_is_too_big(boolean six) {
    node.netns.run("ip", "link", "set", uplink.device(), "mtu", "1400");
    try {
      Packet big = Packet.udp(a.party(), POD_PORT, SERVER, 53, six, 1420);
      for (int i = 0; i < 2; i++) {
        Outcome out = node.fromPod(a, big);
        assertThat(out.verdict()).isEqualTo("pass");
        assertThat(out.bytes()).isEqualTo(big.bytes());
      }
      Packet less = Packet.udp(a.party(), POD_PORT, SERVER, 53, six, 1340);
      seenPort(node.fromPod(a, less), six);
    } finally {
      node.netns.run("ip", "link", "set", uplink.device(), "mtu", "1500");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_have_later_fragments_follow_the_first_both_ways(boolean six) {
    Packet whole = Packet.udp(a.party(), POD_PORT, SERVER, 53, six, 1200);
    Outcome first = node.fromPod(a, whole.part(9, 0, 600));
    assertThat(first.verdict()).isEqualTo("redirect");
    Outcome later = node.fromPod(a, whole.part(9, 600, 1208));
    assertThat(later.verdict()).isEqualTo("redirect");
    assertThat(later.frame().source()).isEqualTo(us.address(six));
    int at = 14 + (six ? 48 : 20);
    int seen = (first.bytes()[at] & 0xff) << 8 | first.bytes()[at + 1] & 0xff;
    assertThat(seen).isBetween(20_000, 29_999);
    Packet second = whole.part(9, 600, 1208);
    assertThat(Arrays.copyOfRange(later.bytes(), at, later.bytes().length))
        .as("it has no ports to change")
        .isEqualTo(Arrays.copyOfRange(second.bytes(), at, second.bytes().length));

    Packet reply = Packet.udp(SERVER, 53, us, seen, six, 1200);
    for (Packet part : List.of(reply.part(5, 0, 600), reply.part(5, 600, 1208))) {
      Outcome back = node.fromUplink(uplink, part);
      assertThat(back.verdict()).isEqualTo("redirect");
      assertThat(back.frame().destination()).isEqualTo(a.party().address(six));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_let_no_pods_address_leave_by_accident(boolean six) {
    Packet unknown = Packet.udp(a.party(), POD_PORT, SERVER, 53, six);
    assertThat(node.toUplink(uplink, unknown).verdict()).isEqualTo("drop 167");
    int seen = seenPort(node.fromPod(a, unknown), six);
    Outcome known = node.toUplink(uplink, unknown);
    assertThat(known.verdict()).isEqualTo("pass");
    assertThat(known.frame().ends())
        .isEqualTo("%s:%d > %s:53".formatted(us.address(six), seen, SERVER.address(six)));
    assertThat(known.frame().valid()).isTrue();
    for (Packet part : List.of(unknown.part(4, 0, 8), unknown.part(4, 8, 18))) {
      Outcome out = node.toUplink(uplink, part);
      assertThat(out.verdict()).isEqualTo("pass");
      assertThat(out.frame().source()).isEqualTo(us.address(six));
    }
    assertThat(node.toUplink(uplink, Packet.udp(us, 1, SERVER, 53, six)).verdict())
        .as("the host's own")
        .isEqualTo("pass");
    Packet answered = Packet.tcp(SERVER, POD_PORT, a.party(), 80, six, SYN);
    assertThat(node.toPod(a, answered).verdict()).isEqualTo("pass");
    Packet answer = Packet.tcp(a.party(), 80, SERVER, POD_PORT, six, SYN | ACK);
    assertThat(node.fromPod(a, answer).verdict())
        .as("who knew the pod by its own")
        .isEqualTo("pass");
    Outcome left = node.toUplink(uplink, answer);
    assertThat(left.verdict()).isEqualTo("pass");
    assertThat(left.frame().source()).isEqualTo(a.party().address(six));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_lead_what_it_does_not_know_to_the_host(boolean six) {
    int seen = seenPort(ask(a, POD_PORT, six, SYN), six);
    assertThat(answer(seen == 29_999 ? 20_000 : seen + 1, six, SYN | ACK).verdict())
        .isEqualTo("pass");
    assertThat(answer(seen, six, SYN).verdict()).as("asks the host").isEqualTo("pass");
    Packet fromElsewhere = Packet.tcp(ROUTER, 80, us, seen, six, SYN | ACK);
    assertThat(node.fromUplink(uplink, fromElsewhere).verdict()).isEqualTo("pass");
    assertThat(node.fromUplink(uplink, Packet.tcp(SERVER, 80, a.party(), 81, six, SYN)).verdict())
        .as("to a pod by route")
        .isEqualTo("pass");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_ask_policy_again_at_both_ends_once_it_has_changed(boolean six) {
    int seen = seenPort(ask(a, POD_PORT, six, SYN), six);
    checkAnswer(answer(seen, six, SYN | ACK), a, POD_PORT, six);
    node.policy(
        node.isolated(
            a, Direction.EGRESS, Map.of(six ? 10 : 9, List.of(TestNode.allow(Packet.TCP, 80, 5)))));
    node.put();
    checkAnswer(answer(seen, six, ACK | PSH), a, POD_PORT, six);
    node.policy(
        node.isolated(
            a, Direction.EGRESS, Map.of(six ? 10 : 9, List.of(TestNode.allow(Packet.TCP, 80, 5)))));
    node.put();
    assertThat(seenPort(ask(a, POD_PORT, six, ACK | PSH), six)).isEqualTo(seen);
    node.policy(node.isolated(a, Direction.EGRESS, Map.of()));
    node.put();
    assertThat(answer(seen, six, ACK | PSH).verdict()).isEqualTo("drop 133");
    assertThat(ask(a, POD_PORT, six, ACK | PSH).verdict()).isEqualTo("drop 133");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_go_on_where_the_kernel_has_evicted_its_entries(boolean six) {
    int seen = seenPort(ask(a, POD_PORT, six, SYN), six);
    checkAnswer(answer(seen, six, SYN | ACK), a, POD_PORT, six);
    node.kernel.clear(six ? "flows6" : "flows4");
    checkAnswer(answer(seen, six, ACK | PSH), a, POD_PORT, six);
    node.kernel.clear(six ? "flows6" : "flows4");
    assertThat(seenPort(ask(a, POD_PORT, six, ACK | PSH), six)).isEqualTo(seen);
    node.kernel.clear(six ? "flows6" : "flows4");
    node.toPod(a, Packet.tcp(SERVER, POD_PORT, a.party(), 80, six, SYN));
    node.kernel.clear(six ? "flows6" : "flows4");
    Outcome server = node.fromPod(a, Packet.tcp(a.party(), 80, SERVER, POD_PORT, six, ACK | PSH));
    assertThat(server.verdict()).as("of a server that was reached by route").isEqualTo("pass");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_give_up_a_translation_to_an_address_that_has_gone(boolean six) {
    Packet asked = Packet.udp(a.party(), POD_PORT, SERVER, 53, six);
    seenPort(node.fromPod(a, asked), six);
    Address other = Address.parse(six ? "fd30:1::12" : "172.30.1.12");
    node.uplinks(new Uplink(uplink.device(), uplink.ifindex(), List.of(other)));
    node.put();
    assertThat(node.fromPod(a, asked).frame().source()).isEqualTo(other);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_tell_flows_with_the_pods_own_address(boolean six) {
    String asks = "%s:%d > %s:80".formatted(a.party().address(six), POD_PORT, SERVER.address(six));
    Outcome opened = ask(a, POD_PORT, six, SYN);
    assertThat(opened.texts()).containsExactly("opened " + asks);
    assertThat(opened.told().get(0).has(Abi.EVENT_TRANSLATED)).isTrue();
    assertThat(opened.told().get(0).sourceIdentity()).isEqualTo(1001);
    int seen = seenPort(opened, six);
    Outcome reply = answer(seen, six, SYN | ACK);
    assertThat(reply.texts())
        .containsExactly(
            "first reply %s:80 > %s:%d"
                .formatted(SERVER.address(six), a.party().address(six), POD_PORT));
    Outcome reset = answer(seen, six, RST | ACK);
    assertThat(reset.texts()).hasSize(2);
    assertThat(reset.texts().get(0))
        .startsWith(
            "reset %s:80 > %s:%d "
                .formatted(SERVER.address(six), a.party().address(six), POD_PORT));
    assertThat(reset.texts().get(1)).startsWith("reset " + asks + " ");
    assertThat(ask(a, POD_PORT, six, ACK).told()).isEmpty();
  }

  @Test
  void should_attach_to_uplinks_and_leave_them_when_they_are_none() {
    assertThat(node.kernel.uplinks()).containsExactly(uplink.ifindex());
    node.uplinks(new Uplink("other", uplink.ifindex() + 100, uplink.addresses()));
    node.put();
    assertThat(node.kernel.uplinks()).containsExactly(uplink.ifindex() + 100);
  }
}
