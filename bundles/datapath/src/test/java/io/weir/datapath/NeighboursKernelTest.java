package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Frame;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** ARP and neighbour discovery: a pod has one neighbour, its gateway. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NeighboursKernelTest {
  private static final int SOLICIT = 135;
  private static final int ADVERTISE = 136;
  private static final Address ANY = Address.parse("::");
  private static final Address LINK_LOCAL = Address.parse("fe80::1:1");
  private static final Address GROUP = Address.parse("ff02::1:ff00:fe");

  private TestNode node;
  private Pod a;
  private Pod b;

  @BeforeAll
  void open() {
    node = new TestNode("neighbours");
    a = node.pod(1, 1001);
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

  @Test
  void should_answer_arp_for_the_gateway() {
    byte[] question =
        Packet.arp(a.party(), a.party().address4(), a.party().mac(), 1, node.host.address4());
    Outcome out = node.fromPod(a, question);
    assertThat(out.verdict()).isEqualTo("redirect");
    Frame answer = out.frame();
    assertThat(answer.valid()).isTrue();
    assertThat(answer.sourceMac()).isEqualTo(Party.HOST_MAC);
    assertThat(answer.destinationMac()).isEqualTo(a.party().mac());
    assertThat(answer.flags()).as("operation").isEqualTo(2);
    assertThat(answer.ends()).isEqualTo(node.host.address4() + " > " + a.party().address4());
    assertThat(Arrays.copyOfRange(answer.body(), 8, 14)).isEqualTo(Packet.mac(Party.HOST_MAC));
    assertThat(Arrays.copyOfRange(answer.body(), 18, 24)).isEqualTo(Packet.mac(a.party().mac()));
  }

  /** A line of a table. */
  record Row(String what, boolean toPod, byte[] in, String verdict) {
    @Override
    public String toString() {
      return what + ": " + verdict;
    }
  }

  List<Row> chatter() {
    Party one = a.party();
    String mac = one.mac();
    Address four = one.address4();
    Address six = one.address6();
    Address gateway4 = node.host.address4();
    Address gateway6 = node.host.address6();
    Packet solicit = Packet.neighbour(one, node.host, SOLICIT, gateway6);
    byte[] otherHardware = Packet.arp(one, four, mac, 1, gateway4);
    otherHardware[15] = 2;
    return List.of(
        arp("ARP for another pod", one, four, mac, 1, b.party().address4(), "drop 242"),
        arp("ARP with another's address", one, b.party().address4(), mac, 1, gateway4, "drop 242"),
        arp(
            "ARP that looks for duplicates",
            one,
            Address.parse("0.0.0.0"),
            mac,
            1,
            four,
            "drop 242"),
        arp("ARP that says it is the gateway", one, gateway4, mac, 2, gateway4, "drop 242"),
        arp("ARP with another's MAC", one, four, b.party().mac(), 1, gateway4, "drop 130"),
        arp("ARP in a frame with another's MAC", b.party(), four, mac, 1, gateway4, "drop 130"),
        arp("ARP that answers the node", one, four, mac, 2, gateway4, "pass"),
        new Row(
            "ARP of the node",
            true,
            Packet.arp(node.host, gateway4, Party.HOST_MAC, 1, four),
            "pass"),
        new Row(
            "ARP, cut",
            false,
            Arrays.copyOf(Packet.arp(one, four, mac, 1, gateway4), 38),
            "drop 134"),
        new Row("ARP of other hardware", false, otherHardware, "drop 134"),
        from(
            "solicits another pod",
            Packet.neighbour(one, node.host, SOLICIT, b.party().address6()),
            "drop 176"),
        from("solicits with another's address", solicit.source(b.party().address6()), "drop 176"),
        from(
            "probes for duplicates",
            Packet.neighbour(one, node.host, SOLICIT, six).source(ANY).destination(GROUP),
            "drop 176"),
        from("solicits from afar", solicit.hops(64), "drop 176"),
        from("solicits in fragments", solicit.part(5, 0, 16), "drop 176"),
        to(
            "one afar answers the pod",
            Packet.neighbour(node.host, one, ADVERTISE, gateway6).hops(254),
            "drop 176"),
        from(
            "solicits, cut",
            Packet.icmp(one, node.host, true, new byte[] {(byte) SOLICIT, 0, 0, 0, 0, 0, 0, 0})
                .hops(255),
            "drop 176"),
        from("advertises itself", Packet.neighbour(one, node.host, ADVERTISE, six), "pass"),
        from(
            "advertises itself, link-local",
            Packet.neighbour(one, node.host, ADVERTISE, six).source(LINK_LOCAL),
            "pass"),
        from(
            "advertises the gateway",
            Packet.neighbour(one, node.host, ADVERTISE, gateway6),
            "drop 176"),
        from(
            "solicits routers",
            Packet.neighbour(one, node.host, 133, ANY).destination(Address.parse("ff02::2")),
            "drop 176"),
        from("advertises as a router", Packet.neighbour(one, node.host, 134, ANY), "drop 176"),
        from("redirects", Packet.neighbour(one, node.host, 137, gateway6), "drop 176"),
        from(
            "reports as a listener",
            Packet.icmp(one, node.host, true, new byte[] {(byte) 143, 0, 0, 0, 0, 0, 0, 0})
                .destination(Address.parse("ff02::16")),
            "drop 176"),
        to("the node solicits the pod", Packet.neighbour(node.host, one, SOLICIT, six), "pass"),
        to(
            "the node answers the pod",
            Packet.neighbour(node.host, one, ADVERTISE, gateway6),
            "pass"),
        to(
            "the node advertises as a router",
            Packet.neighbour(node.host, one, 134, ANY),
            "drop 176"),
        to("the node redirects", Packet.neighbour(node.host, one, 137, six), "drop 176"),
        to(
            "the node asks for listeners",
            Packet.icmp(node.host, one, true, new byte[] {(byte) 130, 0, 0, 0, 0, 0, 0, 0}),
            "drop 176"));
  }

  private static Row arp(
      String what,
      Party wire,
      Address sender,
      String mac,
      int operation,
      Address target,
      String verdict) {
    return new Row(what, false, Packet.arp(wire, sender, mac, operation, target), verdict);
  }

  private static Row from(String what, Packet in, String verdict) {
    return new Row(what, false, in.bytes(), verdict);
  }

  private static Row to(String what, Packet in, String verdict) {
    return new Row(what, true, in.bytes(), verdict);
  }

  @ParameterizedTest
  @MethodSource("chatter")
  void should_let_a_pod_speak_for_itself_only(Row row) {
    Outcome out = row.toPod() ? node.toPod(a, row.in()) : node.fromPod(a, row.in());
    assertThat(out.verdict()).isEqualTo(row.verdict());
    assertThat(out.bytes()).isEqualTo(row.in());
    if (row.verdict().equals("drop 242") || row.verdict().equals("drop 176")) {
      assertThat(out.told()).as("chatter is counted, not told").isEmpty();
    }
  }

  @Test
  void should_answer_solicitations_of_the_gateway() {
    for (Address source : List.of(a.party().address6(), LINK_LOCAL)) {
      Outcome out =
          node.fromPod(
              a,
              Packet.neighbour(a.party(), node.host, SOLICIT, node.host.address6())
                  .source(source)
                  .destination(GROUP));
      assertThat(out.verdict()).isEqualTo("redirect");
      Frame answer = out.frame();
      assertThat(answer.valid()).isTrue();
      assertThat(answer.ends()).isEqualTo(node.host.address6() + " > " + source);
      assertThat(answer.destinationMac()).isEqualTo(a.party().mac());
      assertThat(answer.sourceMac()).isEqualTo(Party.HOST_MAC);
      assertThat(out.bytes()[21] & 0xff).as("hop limit").isEqualTo(255);
      byte[] body = answer.body();
      assertThat(body).hasSize(32).startsWith((byte) ADVERTISE, (byte) 0);
      assertThat(body[4] & 0xff).as("router, solicited, override").isEqualTo(0xe0);
      assertThat(Address.of(Arrays.copyOfRange(body, 8, 24))).isEqualTo(node.host.address6());
      assertThat(Arrays.copyOfRange(body, 24, 26)).containsExactly(2, 1);
      assertThat(Arrays.copyOfRange(body, 26, 32)).isEqualTo(Packet.mac(Party.HOST_MAC));
    }
  }

  @Test
  void should_not_answer_for_a_family_that_is_switched_off() {
    node.ipv6(false);
    node.put();
    assertThat(
            node.fromPod(a, Packet.neighbour(a.party(), node.host, SOLICIT, node.host.address6()))
                .verdict())
        .isEqualTo("drop 176");
  }

  @Test
  void should_not_answer_arp_of_an_interface_that_nobody_knows() {
    node.remove(a);
    node.put();
    assertThat(
            node.fromPod(
                    a,
                    Packet.arp(
                        a.party(), a.party().address4(), a.party().mac(), 1, node.host.address4()))
                .verdict())
        .isEqualTo("drop 203");
  }
}
