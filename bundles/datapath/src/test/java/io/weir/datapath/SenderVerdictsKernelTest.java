package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.itests.testing.packet.Packet.SYN;

import io.weir.api.row.Address;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is not the sender's to send, or not the receiver's to get, or too early. */
@NeedsRoot
@NeedsKernel("veth")
class SenderVerdictsKernelTest extends VerdictTable {
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
}
