package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.datapath.TestNode.allow;
import static io.weir.datapath.TestNode.deny;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.BlockIdentity;
import io.weir.api.row.Direction;
import io.weir.api.row.Identity;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.api.row.Prefix;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The path through the maps of policy: blocks of ports, protocols, classes, two answers. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyKernelTest {
  private static final int A = 1001;
  private static final int ALL = PolicyEntry.ANY_PROTOCOL;
  private static final int BLOCK = 1;

  private TestNode node;
  private Pod a;
  private Pod b;

  @BeforeAll
  void open() {
    node = new TestNode("policy");
    a = node.pod(1, A);
    b = node.pod(2, 1002);
  }

  @AfterAll
  void close() {
    node.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
  }

  private static PolicyEntry entry(
      int protocol, int port, int bits, PolicyVerdict verdict, int rule) {
    return new PolicyEntry(protocol, port, bits, verdict, rule);
  }

  private void ingress(PolicyEntry... entries) {
    node.policy(node.isolated(b, Direction.INGRESS, Map.of(A, List.of(entries))));
    node.put();
  }

  private TestNode.Outcome ask(int protocol, int port) {
    return node.fromPod(
        a,
        switch (protocol) {
          case Packet.TCP -> Packet.tcp(a.party(), 50000, b.party(), port, false, SYN);
          case Packet.UDP -> Packet.udp(a.party(), 50000, b.party(), port, false);
          case Packet.SCTP -> Packet.sctp(a.party(), 50000, b.party(), port, false);
          case Packet.ICMP -> Packet.echo(a.party(), b.party(), false, true, 5);
          default -> Packet.of(a.party(), b.party(), false, protocol, new byte[8], -1);
        });
  }

  private List<Integer> openPorts(int protocol, int... ports) {
    List<Integer> open = new ArrayList<>();
    for (int port : ports) {
      if (ask(protocol, port).verdict().equals("redirect")) {
        open.add(port);
      }
    }
    return open;
  }

  /** 8000–8011 as two blocks, of 8 and of 4 ports: nothing leaks by rounding. */
  @Test
  void should_open_a_range_and_no_port_beside_it() {
    ingress(
        entry(Packet.TCP, 8000, 13, PolicyVerdict.ALLOW, 1),
        entry(Packet.TCP, 8008, 14, PolicyVerdict.ALLOW, 1));
    assertThat(openPorts(Packet.TCP, 7999, 8000, 8007, 8008, 8011, 8012, 0, 65535))
        .containsExactly(8000, 8007, 8008, 8011);
    assertThat(openPorts(Packet.UDP, 8000, 8008)).isEmpty();
  }

  static List<Integer> widths() {
    List<Integer> bits = new ArrayList<>();
    for (int width = 0; width <= 16; width++) {
      bits.add(width);
    }
    return bits;
  }

  @ParameterizedTest
  @MethodSource("widths")
  void should_find_blocks_of_every_width(int bits) {
    int size = 1 << (16 - bits);
    int first = bits == 0 ? 0 : 0xa5a5 & -size & 0xffff;
    int last = first + size - 1;
    ingress(entry(Packet.TCP, first, bits, PolicyVerdict.ALLOW, 1));
    assertThat(openPorts(Packet.TCP, first, last)).containsExactly(first, last);
    if (bits > 0) {
      assertThat(openPorts(Packet.TCP, first - 1, last + 1 & 0xffff)).isEmpty();
    }
  }

  @Test
  void should_let_the_narrowest_block_decide_then_the_protocol_then_all() {
    ingress(
        deny(Packet.TCP, 80, 1),
        entry(Packet.TCP, 80, 12, PolicyVerdict.ALLOW, 2),
        entry(Packet.TCP, 0, 0, PolicyVerdict.DENY, 3),
        entry(ALL, 0, 0, PolicyVerdict.ALLOW, 4));
    assertThat(ask(Packet.TCP, 80).told().get(0).ingressRule()).isEqualTo(1);
    assertThat(ask(Packet.TCP, 81).told().get(0).ingressRule()).isEqualTo(2);
    assertThat(ask(Packet.TCP, 81).verdict()).isEqualTo("redirect");
    assertThat(ask(Packet.TCP, 96).told().get(0).ingressRule()).isEqualTo(3);
    assertThat(ask(Packet.TCP, 96).verdict()).isEqualTo("drop 181");
    assertThat(ask(Packet.UDP, 80).told().get(0).ingressRule()).isEqualTo(4);
    assertThat(ask(Packet.ICMP, 0).verdict()).isEqualTo("redirect");
    assertThat(ask(47, 0).verdict()).isEqualTo("redirect");
  }

  @Test
  void should_open_one_protocol_and_no_other() {
    ingress(entry(Packet.SCTP, 0, 0, PolicyVerdict.ALLOW, 1));
    assertThat(openPorts(Packet.SCTP, 1, 80, 65535)).hasSize(3);
    assertThat(openPorts(Packet.TCP, 1, 80, 65535)).isEmpty();
    assertThat(ask(Packet.ICMP, 0).verdict()).isEqualTo("drop 133");
  }

  @Test
  void should_give_peers_that_are_not_named_the_default_class() {
    Map<Integer, List<PolicyEntry>> peers = new HashMap<>();
    peers.put(0, List.of(allow(Packet.TCP, 80, 1)));
    peers.put(A, List.of(allow(Packet.TCP, 81, 2)));
    node.policy(node.compiled(b, Direction.INGRESS, PolicyVerdict.DENY, false, 77, peers));
    node.put();
    assertThat(openPorts(Packet.TCP, 80, 81)).as("of a class of its own").containsExactly(81);
    assertThat(node.toPod(b, Packet.tcp(WORLD, 1, b.party(), 80, false, SYN)).verdict())
        .isEqualTo("pass");
    assertThat(node.toPod(b, Packet.tcp(WORLD, 1, b.party(), 81, false, SYN)).verdict())
        .isEqualTo("drop 133");
  }

  /**
   * Two answers for a peer in a block that a NetworkPolicy names.
   *
   * @param identity what the peer's identity is told of port 80: allow, deny or nothing
   * @param block what its block is told
   */
  record Two(String identity, String block, String verdict) {}

  static List<Two> answers() {
    return List.of(
        new Two("allow", "allow", "redirect"),
        new Two("allow", "", "redirect"),
        new Two("", "allow", "redirect"),
        new Two("", "", "drop 133"),
        new Two("deny", "allow", "drop 181"),
        new Two("allow", "deny", "drop 181"),
        new Two("", "deny", "drop 181"),
        new Two("deny", "", "drop 181"));
  }

  private static List<PolicyEntry> entries(String answer, int rule) {
    return switch (answer) {
      case "allow" -> List.of(allow(Packet.TCP, 80, rule));
      case "deny" -> List.of(deny(Packet.TCP, 80, rule));
      default -> List.of();
    };
  }

  @ParameterizedTest
  @MethodSource("answers")
  void should_take_a_deny_of_identity_and_block_then_an_allow(Two two) {
    node.block(new BlockIdentity(Prefix.parse("10.0.0.0/29"), Identity.SCOPE_BLOCK + BLOCK));
    node.policy(
        node.isolated(
            b,
            Direction.INGRESS,
            Map.of(
                A,
                entries(two.identity(), 1),
                Identity.SCOPE_MANAGED_BLOCK + BLOCK,
                entries(two.block(), 2))));
    node.put();
    assertThat(ask(Packet.TCP, 80).verdict()).isEqualTo(two.verdict());
  }

  @Test
  void should_know_blocks_outside_by_the_longest_prefix() {
    int wide = Identity.SCOPE_BLOCK + 1;
    int narrow = Identity.SCOPE_BLOCK + 2;
    int six = Identity.SCOPE_BLOCK + 3;
    node.block(new BlockIdentity(Prefix.parse("192.0.2.0/24"), wide));
    node.block(new BlockIdentity(Prefix.parse("192.0.2.8/29"), narrow));
    node.block(new BlockIdentity(Prefix.parse("2001:db8::/32"), six));
    node.policy(
        node.isolated(
            a,
            Direction.EGRESS,
            Map.of(
                narrow,
                List.of(allow(Packet.UDP, 53, 1)),
                six,
                List.of(allow(Packet.UDP, 53, 2)))));
    node.put();
    Party near = Party.outside("192.0.2.1", "2001:db9::1");
    assertThat(node.fromPod(a, Packet.udp(a.party(), 1, WORLD, 53, false)).verdict())
        .isEqualTo("pass");
    assertThat(node.fromPod(a, Packet.udp(a.party(), 1, near, 53, false)).verdict())
        .isEqualTo("drop 133");
    assertThat(node.fromPod(a, Packet.udp(a.party(), 1, WORLD, 53, true)).verdict())
        .isEqualTo("pass");
    Told told = node.fromPod(a, Packet.udp(a.party(), 1, near, 53, true)).told().get(0);
    assertThat(told.destinationIdentity()).isEqualTo(Identity.WORLD_IPV6);
  }
}
