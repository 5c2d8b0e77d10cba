package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.RST;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.Prefix;
import io.weir.api.row.Uplink;
import io.weir.datapath.MasqueradeSettings.Ports;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Frame;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets of pods to the outside under the node's address, and their answers. */
@NeedsRoot
@NeedsKernel("veth")
class MasqueradeKernelTest extends MasqueradeWorld {
  private static Packet packet(
      String kind, Party from, int port, Party to, int toPort, boolean six, boolean first) {
    return switch (kind) {
      case "tcp" -> Packet.tcp(from, port, to, toPort, six, first ? SYN : ACK | PSH);
      case "udp" -> Packet.udp(from, port, to, toPort, six);
      case "sctp" -> Packet.sctp(from, port, to, toPort, six);
      default -> Packet.echo(from, to, six, toPort != 0, toPort != 0 ? port : 0);
    };
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
