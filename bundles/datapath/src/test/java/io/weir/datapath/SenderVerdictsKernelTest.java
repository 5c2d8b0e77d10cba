package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is not the sender's to send, or not the receiver's to get, or too early. */
@NeedsRoot
@NeedsKernel("veth")
class SenderVerdictsKernelTest extends PacketTable {
  private Pod unready;
  private Pod stranger;

  @BeforeAll
  void add() {
    unready = node.pod(4, 1004);
    stranger = node.pod(5, 1005);
  }

  @BeforeEach
  void leave() {
    node.unready(unready);
    node.remove(stranger);
    node.put();
  }

  List<Row> strangers() {
    return both(six -> six ? odd(senders(true)) : senders(false));
  }

  private Rows senders(boolean six) {
    Party one = a.party();
    Party host = node.host;
    Address other = c.party().address(six);
    Packet good = Packet.tcp(one, 40000, b.party(), 80, six, SYN);
    Packet byHost = Packet.udp(host, 1, one, 53, six);
    Packet early = Packet.udp(unready.party(), 1, WORLD, 80, six);
    Packet toEarly = Packet.udp(host, 1, unready.party(), 80, six);
    Packet unknown = Packet.udp(stranger.party(), 1, b.party(), 53, six);
    Packet toUnknown = Packet.udp(host, 1, stranger.party(), 53, six);
    return new Rows(family(six))
        .from(a, "another's address", good.source(other), "drop 132")
        .from(a, "the gateway's address", good.source(host.address(six)), "drop 132")
        .from(a, "another's MAC", good.sourceMac(c.party().mac()), "drop 130")
        .told("dropped 130 " + one.address(six) + ":40000 > " + b.party().address(six) + ":80")
        .from(c, "from another's interface", good, "drop 132")
        .from(unready, "before its policy is there", early, "drop 203")
        .from(
            a,
            "to one whose policy is not there",
            Packet.udp(one, 1, unready.party(), 80, six),
            "drop 203")
        .to(unready, "from the host to one whose policy is not there", toEarly, "drop 203")
        .from(stranger, "from an interface that nobody knows", unknown, "drop 203")
        .to(stranger, "to an interface that nobody knows", toUnknown, "drop 203")
        .to(a, "to an address that is not the pod's", byHost.destination(other), "drop 151")
        .to(a, "from the stack with a pod's address", byHost.source(other), "drop 132");
  }

  private Rows odd(Rows rows) {
    Packet good = Packet.udp(a.party(), 1, b.party(), 53, true);
    Address mapped = Address.of(a.party().address4().mapped());
    return rows.from(a, "a mapped address", good.source(mapped), "drop 132")
        .from(a, "a link-local address", good.source(Address.parse("fe80::1")), "drop 132");
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void should_drop_what_is_not_the_senders(Row row) {
    check(row);
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
}
