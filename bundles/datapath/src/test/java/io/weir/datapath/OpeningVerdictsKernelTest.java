package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.itests.testing.packet.Packet.SYN;

import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What begins a flow, by protocol and by who asks whom. */
@NeedsRoot
@NeedsKernel("veth")
class OpeningVerdictsKernelTest extends VerdictTable {
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
}
