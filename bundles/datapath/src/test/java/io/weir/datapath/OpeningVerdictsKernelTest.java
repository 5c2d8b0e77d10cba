package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.itests.testing.packet.Packet.SYN;

import io.weir.api.row.Direction;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What begins a flow, by protocol and by who asks whom. */
@NeedsRoot
@NeedsKernel("veth")
class OpeningVerdictsKernelTest extends PacketTable {
  /** b asks whom it likes; c asks b for port 80 only, which b does not give it. */
  @BeforeEach
  void ask() {
    node.policy(node.open(b, Direction.EGRESS));
    node.policy(
        node.isolated(c, Direction.EGRESS, Map.of(B, List.of(TestNode.allow(Packet.TCP, 80, 21)))));
    node.put();
  }

  List<Row> asked() {
    return both(this::opening);
  }

  private static String ends(Party from, int port, Party to, int toPort, boolean six) {
    return from.address(six) + ":" + port + " > " + to.address(six) + ":" + toPort;
  }

  private Rows opening(boolean six) {
    Party one = a.party();
    Party two = b.party();
    Party three = c.party();
    int request = six ? 128 : 8;
    Packet type13 = Packet.icmp(one, two, six, bytes(13, 0, 0, 0, 0, 0, 0, 0));
    Packet gre = Packet.of(one, two, six, 47, new byte[16], -1);
    Packet greBack = Packet.of(two, one, six, 47, new byte[16], -1);
    return new Rows(family(six))
        .from(a, "TCP to an open port", Packet.tcp(one, 40000, two, 80, six, SYN), "redirect")
        .told("opened " + ends(one, 40000, two, 80, six))
        .from(a, "TCP to another port", Packet.tcp(one, 40000, two, 81, six, SYN), "drop 133")
        .told("dropped 133 " + ends(one, 40000, two, 81, six))
        .from(a, "UDP to an open port", Packet.udp(one, 40000, two, 53, six), "redirect")
        .told("opened " + ends(one, 40000, two, 53, six))
        .from(a, "UDP to the open port of TCP", Packet.udp(one, 40000, two, 80, six), "drop 133")
        .from(a, "SCTP to an open port", Packet.sctp(one, 40000, two, 9, six), "redirect")
        .told("opened " + ends(one, 40000, two, 9, six))
        .from(a, "echo request", Packet.echo(one, two, six, true, 77), "redirect")
        .told("opened " + ends(one, 77, two, request, six))
        // As an answer to b's asking, which b may.
        .from(a, "echo reply unasked for", Packet.echo(one, two, six, false, 77), "redirect")
        .told(
            "opened " + ends(two, 77, one, request, six),
            "first reply " + ends(one, request, two, 77, six))
        .from(
            b, "echo reply to who may not ask", Packet.echo(two, three, six, false, 77), "drop 133")
        .from(a, "ICMP of another type", type13, "drop 133")
        .from(c, "against its own policy", Packet.tcp(three, 40000, two, 81, six, SYN), "drop 133")
        .from(
            c,
            "against the other's policy",
            Packet.tcp(three, 40000, two, 80, six, SYN),
            "drop 133")
        .from(c, "to the world, forbidden", Packet.udp(three, 40000, WORLD, 80, six), "drop 133")
        .from(a, "to the world", Packet.tcp(one, 40000, WORLD, 80, six, SYN), "pass")
        .from(a, "to the host", Packet.tcp(one, 40000, node.host, 80, six, SYN), "pass")
        .to(b, "from the host", Packet.tcp(node.host, 40000, two, 81, six, SYN), "pass")
        .to(b, "from the world", Packet.tcp(WORLD, 40000, two, 80, six, SYN), "drop 133")
        .to(a, "from the world to who is open", Packet.tcp(WORLD, 40000, one, 80, six, SYN), "pass")
        .from(a, "no ports, where ports are asked for", gre, "drop 133")
        .from(b, "no ports, where all is allowed", greBack, "redirect");
  }

  @ParameterizedTest
  @MethodSource("asked")
  void should_judge_what_begins_a_flow(Row row) {
    check(row);
  }
}
