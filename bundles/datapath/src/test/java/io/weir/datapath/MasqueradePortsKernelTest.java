package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.RST;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.datapath.MasqueradeSettings.Ports;
import io.weir.datapath.abi.Event6CountsLayout;
import io.weir.datapath.abi.FlowLayout;
import io.weir.datapath.abi.NatLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.linux.BpfMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ports of the node pods have, for how long, and what is when none is left. */
@NeedsRoot
@NeedsKernel("veth")
class MasqueradePortsKernelTest extends MasqueradeWorld {
  private static final FlowTimes TIMES = FlowTimes.alike(1, 0, 1);

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
}
