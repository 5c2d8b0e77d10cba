package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a packet of which nothing is known: a line a kind. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VerdictsKernelTest {
  private static final int A = 1001;
  private static final int B = 1002;
  private static final int C = 1003;

  private TestNode node;
  private Pod a;
  private Pod b;
  private Pod c;
  private Pod unready;
  private Pod stranger;

  @BeforeAll
  void open() {
    node = new TestNode("verdicts");
    a = node.pod(1, A);
    b = node.pod(2, B);
    c = node.pod(3, C);
    unready = node.pod(4, 1004);
    stranger = node.pod(5, 1005);
  }

  @AfterAll
  void close() {
    node.close();
  }

  /** b is asked by a for some ports only; c asks b for port 80 only, which b does not give it. */
  @BeforeEach
  void reset() {
    node.reset();
    node.unready(unready);
    node.remove(stranger);
    node.policy(
        node.isolated(
            b,
            Direction.INGRESS,
            Map.of(
                A,
                List.of(
                    TestNode.allow(Packet.TCP, 80, 11),
                    TestNode.allow(Packet.UDP, 53, 12),
                    TestNode.allow(Packet.SCTP, 9, 13),
                    TestNode.allow(Packet.ICMP, 8, 14),
                    TestNode.allow(Packet.ICMP6, 128, 15)))));
    node.policy(
        node.isolated(c, Direction.EGRESS, Map.of(B, List.of(TestNode.allow(Packet.TCP, 80, 21)))));
    node.put();
    node.told();
  }

  /**
   * A line of a table.
   *
   * @param toPod met by to_pod at that interface, else by from_pod
   * @param told the first event's text; empty for none
   */
  record Row(String what, Pod at, boolean toPod, byte[] in, String verdict, String told) {
    @Override
    public String toString() {
      return what + ": " + verdict;
    }
  }

  private static Row from(Pod pod, String what, Packet in, String verdict, String told) {
    return new Row(what, pod, false, in.bytes(), verdict, told);
  }

  private static Row from(Pod pod, String what, byte[] in, String verdict) {
    return new Row(what, pod, false, in, verdict, "");
  }

  private static Row to(Pod pod, String what, Packet in, String verdict, String told) {
    return new Row(what, pod, true, in.bytes(), verdict, told);
  }

  private Outcome run(Row row) {
    return row.toPod() ? node.toPod(row.at(), row.in()) : node.fromPod(row.at(), row.in());
  }

  private void check(Row row) {
    Outcome out = run(row);
    assertThat(out.verdict()).isEqualTo(row.verdict());
    assertThat(out.texts().stream().findFirst().orElse("")).startsWith(row.told());
    assertThat(out.bytes()).as("a packet is not touched").isEqualTo(row.in());
  }

  List<Row> asked() {
    List<Row> rows = new ArrayList<>();
    Party one = a.party();
    Party two = b.party();
    Party three = c.party();
    for (boolean six : new boolean[] {false, true}) {
      String v = six ? ", IPv6" : ", IPv4";
      String pair = one.address(six) + ":%d > " + two.address(six) + ":%d";
      rows.add(
          from(
              a,
              "TCP to an open port" + v,
              Packet.tcp(one, 40000, two, 80, six, SYN),
              "redirect",
              "opened " + pair.formatted(40000, 80)));
      rows.add(
          from(
              a,
              "TCP to another port" + v,
              Packet.tcp(one, 40000, two, 81, six, SYN),
              "drop 133",
              "dropped 133 " + pair.formatted(40000, 81)));
      rows.add(
          from(
              a,
              "UDP to an open port" + v,
              Packet.udp(one, 40000, two, 53, six),
              "redirect",
              "opened " + pair.formatted(40000, 53)));
      rows.add(
          from(
              a,
              "UDP to the open port of TCP" + v,
              Packet.udp(one, 40000, two, 80, six),
              "drop 133",
              "dropped 133"));
      rows.add(
          from(
              a,
              "SCTP to an open port" + v,
              Packet.sctp(one, 40000, two, 9, six),
              "redirect",
              "opened " + pair.formatted(40000, 9)));
      rows.add(
          from(
              a,
              "echo request" + v,
              Packet.echo(one, two, six, true, 77),
              "redirect",
              "opened " + pair.formatted(77, six ? 128 : 8)));
      rows.add(
          from(
              a,
              "echo reply that nobody asked for" + v,
              Packet.echo(one, two, six, false, 77),
              "redirect", // as an answer to b's asking, which b may
              "opened"));
      rows.add(
          from(
              b,
              "echo reply that its receiver may not ask for" + v,
              Packet.echo(two, three, six, false, 77),
              "drop 133",
              "dropped 133"));
      rows.add(
          from(
              a,
              "ICMP of another type" + v,
              Packet.icmp(one, two, six, new byte[] {13, 0, 0, 0, 0, 0, 0, 0}),
              "drop 133",
              "dropped 133"));
      rows.add(
          from(
              c,
              "what its own policy forbids" + v,
              Packet.tcp(three, 40000, two, 81, six, SYN),
              "drop 133",
              "dropped 133"));
      rows.add(
          from(
              c,
              "what the other's policy forbids" + v,
              Packet.tcp(three, 40000, two, 80, six, SYN),
              "drop 133",
              "dropped 133"));
      rows.add(
          from(
              c,
              "to the world, which its policy forbids" + v,
              Packet.udp(three, 40000, WORLD, 80, six),
              "drop 133",
              "dropped 133"));
      rows.add(
          from(
              a,
              "to the world" + v,
              Packet.tcp(one, 40000, WORLD, 80, six, SYN),
              "pass",
              "opened"));
      rows.add(
          from(
              a,
              "to the host" + v,
              Packet.tcp(one, 40000, node.host, 80, six, SYN),
              "pass",
              "opened"));
      rows.add(
          to(
              b,
              "from the host" + v,
              Packet.tcp(node.host, 40000, two, 81, six, SYN),
              "pass",
              "opened"));
      rows.add(
          to(
              b,
              "from the world" + v,
              Packet.tcp(WORLD, 40000, two, 80, six, SYN),
              "drop 133",
              "dropped 133"));
      rows.add(
          to(
              a,
              "from the world to whom all may ask" + v,
              Packet.tcp(WORLD, 40000, one, 80, six, SYN),
              "pass",
              "opened"));
      rows.add(
          from(
              a,
              "a protocol without ports, where ports are asked for" + v,
              Packet.of(one, two, six, 47, new byte[16], -1),
              "drop 133",
              "dropped 133"));
      rows.add(
          from(
              b,
              "a protocol without ports, where all is allowed" + v,
              Packet.of(two, one, six, 47, new byte[16], -1),
              "redirect",
              "opened"));
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("asked")
  void should_judge_what_begins_a_flow(Row row) {
    check(row);
  }

  List<Row> strangers() {
    List<Row> rows = new ArrayList<>();
    Party one = a.party();
    Party two = b.party();
    Address other4 = c.party().address4();
    Address other6 = c.party().address6();
    for (boolean six : new boolean[] {false, true}) {
      String v = six ? ", IPv6" : ", IPv4";
      Packet good = Packet.tcp(one, 40000, two, 80, six, SYN);
      Address other = six ? other6 : other4;
      rows.add(from(a, "another's address" + v, good.source(other), "drop 132", "dropped 132"));
      rows.add(
          from(
              a,
              "the gateway's address" + v,
              good.source(node.host.address(six)),
              "drop 132",
              "dropped 132"));
      rows.add(
          from(
              a,
              "another's MAC" + v,
              good.sourceMac(c.party().mac()),
              "drop 130",
              "dropped 130 " + one.address(six)));
      rows.add(from(c, "from another's interface" + v, good, "drop 132", "dropped 132"));
      rows.add(
          from(
              unready,
              "before its policy is there" + v,
              Packet.udp(unready.party(), 1, WORLD, 80, six),
              "drop 203",
              "dropped 203"));
      rows.add(
          from(
              a,
              "to one whose policy is not there" + v,
              Packet.udp(one, 1, unready.party(), 80, six),
              "drop 203",
              "dropped 203"));
      rows.add(
          to(
              unready,
              "from the host to one whose policy is not there" + v,
              Packet.udp(node.host, 1, unready.party(), 80, six),
              "drop 203",
              "dropped 203"));
      rows.add(
          from(
              stranger,
              "from an interface that nobody knows" + v,
              Packet.udp(stranger.party(), 1, two, 53, six),
              "drop 203",
              "dropped 203"));
      rows.add(
          to(
              stranger,
              "to an interface that nobody knows" + v,
              Packet.udp(node.host, 1, stranger.party(), 53, six),
              "drop 203",
              "dropped 203"));
      rows.add(
          to(
              a,
              "to an address that is not the pod's" + v,
              Packet.udp(node.host, 1, one, 53, six).destination(other),
              "drop 151",
              "dropped 151"));
      rows.add(
          to(
              a,
              "from the stack with a pod's address" + v,
              Packet.udp(node.host, 1, one, 53, six).source(other),
              "drop 132",
              "dropped 132"));
    }
    rows.add(
        from(
            a,
            "IPv6 with a mapped address",
            Packet.udp(one, 1, two, 53, true).source(mapped(one.address4())),
            "drop 132",
            "dropped 132"));
    rows.add(
        from(
            a,
            "IPv6 from a link-local address",
            Packet.udp(one, 1, two, 53, true).source(Address.parse("fe80::1")),
            "drop 132",
            "dropped 132"));
    return rows;
  }

  private static Address mapped(Address four) {
    return Address.of(four.mapped());
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void should_drop_what_is_not_the_senders(Row row) {
    check(row);
  }

  List<Row> shapes() {
    List<Row> rows = new ArrayList<>();
    Party one = a.party();
    Party two = b.party();
    byte[] tcp4 = Packet.tcp(one, 40000, two, 80, false, SYN).bytes();
    byte[] tcp6 = Packet.tcp(one, 40000, two, 80, true, SYN).bytes();
    // Frames that end within the IP header are refused by the test-run itself.
    rows.add(from(a, "IPv4, without ports", Arrays.copyOf(tcp4, 36), "drop 134"));
    rows.add(from(a, "TCP, cut before its flags", Arrays.copyOf(tcp4, 46), "drop 134"));
    rows.add(from(a, "IPv6, without ports", Arrays.copyOf(tcp6, 56), "drop 134"));
    rows.add(
        from(
            a,
            "ICMP, cut",
            Arrays.copyOf(Packet.echo(one, two, false, true, 1).bytes(), 38),
            "drop 134"));
    rows.add(from(a, "IPv4 with a header of 16 bytes", with(tcp4, 14, 0x44), "drop 134"));
    rows.add(from(a, "IPv4 of version 6", with(with(tcp4, 14, 0x65), 20, 0x40), "drop 134"));
    rows.add(from(a, "IPv6 of version 4", with(tcp6, 14, 0x45), "drop 134"));
    rows.add(from(a, "neither IP nor ARP", with(with(tcp4, 12, 0x88), 13, 0xcc), "drop 166"));

    Packet good4 = Packet.tcp(one, 40000, two, 80, false, SYN);
    Packet good6 = Packet.tcp(one, 40000, two, 80, true, SYN);
    rows.add(
        from(
            a,
            "options of IPv4",
            good4.options((byte) 1, (byte) 1, (byte) 1, (byte) 0),
            "redirect",
            "opened"));
    rows.add(
        from(
            a,
            "options of IPv4, to a closed port",
            Packet.tcp(one, 40000, two, 81, false, SYN)
                .options((byte) 1, (byte) 1, (byte) 1, (byte) 0),
            "drop 133",
            "dropped 133"));
    rows.add(
        from(a, "IPv4 to a group", good4.destination(Address.parse("224.0.0.1")), "drop 240", ""));
    rows.add(
        from(
            a, "IPv4 to all", good4.destination(Address.parse("255.255.255.255")), "drop 240", ""));
    rows.add(
        from(a, "IPv6 to a group", good6.destination(Address.parse("ff02::1")), "drop 240", ""));

    byte[] hopByHop = {6, 0, 1, 4, 0, 0, 0, 0};
    byte[] destination = {6, 0, 1, 4, 0, 0, 0, 0};
    byte[] both = {60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0};
    byte[] atomic = {6, 0, 0, 0, 0, 0, 0, 9};
    rows.add(from(a, "hop-by-hop options", good6.extended(hopByHop, 0), "redirect", "opened"));
    rows.add(from(a, "destination options", good6.extended(destination, 60), "redirect", "opened"));
    rows.add(
        from(
            a,
            "hop-by-hop and destination options",
            good6.extended(both, 0),
            "redirect",
            "opened"));
    rows.add(from(a, "a fragment that is whole", good6.extended(atomic, 44), "redirect", "opened"));
    rows.add(
        from(
            a,
            "a routing header",
            good6.extended(new byte[] {6, 0, 0, 0, 0, 0, 0, 0}, 43),
            "drop 156",
            "dropped 156"));
    rows.add(
        from(
            a, "seven extension headers", good6.extended(chain(7), 60), "drop 156", "dropped 156"));
    rows.add(
        from(
            a,
            "an extension header longer than the packet",
            good6.extended(new byte[] {6, 100, 1, 4, 0, 0, 0, 0}, 60).bytes(),
            "drop 134"));
    rows.add(
        from(
            a,
            "options in front of a closed port",
            Packet.tcp(one, 40000, two, 81, true, SYN).extended(both, 0),
            "drop 133",
            "dropped 133"));
    return rows;
  }

  private static byte[] chain(int headers) {
    ByteBuffer all = ByteBuffer.allocate(8 * headers);
    for (int i = 1; i <= headers; i++) {
      all.put((byte) (i == headers ? 6 : 60)).put((byte) 0).put(new byte[] {1, 4, 0, 0, 0, 0});
    }
    return all.array();
  }

  private static byte[] with(byte[] frame, int at, int value) {
    byte[] copy = frame.clone();
    copy[at] = (byte) value;
    return copy;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void should_understand_or_drop(Row row) {
    check(row);
  }

  @Test
  void should_say_whose_policy_denied_and_by_which_rule() {
    node.policy(
        node.isolated(b, Direction.INGRESS, Map.of(A, List.of(TestNode.deny(Packet.TCP, 80, 31)))));
    node.put();
    Told ingress =
        node.fromPod(a, Packet.tcp(a.party(), 1, b.party(), 80, false, SYN)).told().get(0);
    assertThat(ingress.reason()).isEqualTo(Abi.REASON_POLICY_DENY);
    assertThat(ingress.ingressRule()).isEqualTo(31);
    assertThat(ingress.flags()).isEqualTo(Abi.EVENT_DENIED_INGRESS);
    assertThat(List.of(ingress.sourceIdentity(), ingress.destinationIdentity()))
        .containsExactly(A, B);
    assertThat(List.of(ingress.sourceEndpoint(), ingress.destinationEndpoint()))
        .containsExactly(1, 2);
    Told egress = node.fromPod(c, Packet.tcp(c.party(), 1, b.party(), 81, true, SYN)).told().get(0);
    assertThat(egress.reason()).isEqualTo(Abi.REASON_POLICY_DENIED);
    assertThat(egress.flags()).isEqualTo(Abi.EVENT_DENIED_EGRESS | Abi.EVENT_IPV6);
    Told world = node.toPod(b, Packet.udp(WORLD, 5, b.party(), 53, false)).told().get(0);
    assertThat(world.flags()).isEqualTo(Abi.EVENT_DENIED_INGRESS | Abi.EVENT_TO_POD);
    assertThat(List.of(world.sourceIdentity(), world.destinationIdentity())).containsExactly(9, B);
  }

  @Test
  void should_name_the_rules_that_allowed() {
    node.policy(
        node.isolated(a, Direction.EGRESS, Map.of(B, List.of(TestNode.allow(Packet.TCP, 80, 41)))));
    node.put();
    Told opened =
        node.fromPod(a, Packet.tcp(a.party(), 1, b.party(), 80, false, SYN)).told().get(0);
    assertThat(List.of(opened.egressRule(), opened.ingressRule())).containsExactly(41, 11);
    assertThat(opened.tcpFlags()).isEqualTo(SYN);
    assertThat(opened.ifindex()).isEqualTo(a.ifindex());
  }

  @Test
  void should_drop_a_family_that_is_switched_off() {
    node.ipv6(false);
    node.put();
    assertThat(node.fromPod(a, Packet.udp(a.party(), 1, b.party(), 53, true)).verdict())
        .isEqualTo("drop 139");
    assertThat(node.fromPod(a, Packet.udp(a.party(), 1, b.party(), 53, false)).verdict())
        .isEqualTo("redirect");
  }

  @Test
  void should_cut_flows_of_a_family_that_is_switched_off() {
    Packet packet = Packet.udp(a.party(), 1, b.party(), 53, true);
    node.fromPod(a, packet);
    assertThat(node.fromPod(a, packet).verdict()).isEqualTo("redirect");
    node.ipv6(false);
    node.put();
    assertThat(node.fromPod(a, packet).verdict()).isEqualTo("drop 139");
  }

  @Test
  void should_tell_but_not_enforce_under_audit() {
    node.policy(
        node.compiled(
            b,
            Direction.INGRESS,
            PolicyVerdict.DENY,
            true,
            0,
            Map.of(A, List.of(TestNode.allow(Packet.TCP, 80, 11)))));
    node.put();
    Outcome allowed = node.fromPod(a, Packet.tcp(a.party(), 1, b.party(), 80, false, SYN));
    assertThat(allowed.told().get(0).has(Abi.EVENT_AUDIT)).isFalse();
    Outcome audited = node.fromPod(a, Packet.tcp(a.party(), 1, b.party(), 81, false, SYN));
    assertThat(audited.verdict()).isEqualTo("redirect");
    Told told = audited.told().get(0);
    assertThat(told.toString()).startsWith("opened");
    assertThat(told.has(Abi.EVENT_AUDIT)).isTrue();
    assertThat(told.has(Abi.EVENT_DENIED_INGRESS)).isTrue();
    assertThat(told.reason()).isEqualTo(Abi.REASON_POLICY_DENIED);
  }

  @Test
  void should_not_be_asked_about_itself() {
    node.policy(node.isolated(a, Direction.EGRESS, Map.of()));
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
    assertThat(node.fromPod(a, Packet.tcp(a.party(), 1, a.party(), 80, false, SYN)).verdict())
        .isEqualTo("redirect");
  }

  @Test
  void should_take_a_syn_with_an_ack_for_an_answer() {
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
    assertThat(
            node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), 40000, false, SYN | ACK))
                .verdict())
        .as("a may ask b for port 80, though b may ask a for nothing")
        .isEqualTo("redirect");
    assertThat(
            node.fromPod(b, Packet.tcp(b.party(), 81, a.party(), 40000, false, SYN | ACK))
                .verdict())
        .isEqualTo("drop 133");
  }

  @Test
  void should_drop_and_count_what_leads_to_a_slot_without_policy() {
    PolicyEntry any = new PolicyEntry(PolicyEntry.ANY_PROTOCOL, 0, 0, PolicyVerdict.ALLOW, 51);
    node.policy(node.isolated(b, Direction.INGRESS, Map.of(A, List.of(any))));
    node.put();
    byte[] packet = Packet.tcp(a.party(), 1, b.party(), 80, false, SYN).bytes();
    node.kernel.map("policy_slots").update(Revisions.word(b.ingressSlot()), new byte[12]);
    Outcome out = node.fromPod(a, packet);
    assertThat(out.verdict()).isEqualTo("drop 165");
    assertThat(out.drops()).containsEntry(165, 1L);
  }
}
