package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.FIN;
import static io.weir.itests.testing.packet.Packet.RST;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.ResourceKey;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is shown of the flows that the programs have left in the kernel. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConntrackKernelTest {
  private static final Party SERVICE = Party.outside("10.96.0.1", "fd10:96::1");
  private static final int WEB = 7;

  private TestNode node;
  private Pod a;
  private Pod b;

  @BeforeAll
  void open() {
    node = new TestNode("conntrack");
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
    node.policy(
        node.isolated(
            b, Direction.INGRESS, Map.of(1001, List.of(TestNode.allow(Packet.TCP, 80, 11)))));
    for (boolean six : new boolean[] {false, true}) {
      node.frontend(
          WEB, SERVICE.address(six).toString(), 8000, Packet.TCP, node.backend(b, six, 80));
    }
    node.put();
  }

  private void send(Pod from, int port, Party to, int toPort, boolean six, int flags) {
    assertThat(node.fromPod(from, Packet.tcp(from.party(), port, to, toPort, six, flags)).verdict())
        .isEqualTo("redirect");
  }

  private Conntrack conntrack(boolean six) {
    FlowFamily family = six ? FlowFamily.IPV6 : FlowFamily.IPV4;
    return new Conntrack(family, node.kernel.map(family.flows()), node.kernel.map(family.nats()));
  }

  private List<ConntrackFlow> flows(boolean six) {
    List<ConntrackFlow> flows = new ArrayList<>();
    conntrack(six).walk(flows::add);
    return flows;
  }

  private ConntrackFlow flow(boolean six) {
    assertThat(flows(six)).hasSize(1);
    return flows(six).get(0);
  }

  private ConntrackNames names() {
    PolicyRule rule =
        new PolicyRule(
            11,
            new ResourceKey("NetworkPolicy", "default", "web"),
            Direction.INGRESS,
            "ingress[0]");
    return new ConntrackNames(
        new PodNames(Map.of(a.ifindex(), "default/a", b.ifindex(), "default/b")),
        id -> id == 11 ? Optional.of(rule) : Optional.empty(),
        Map.of(WEB, new ResourceKey("Service", "default", "front")));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_show_both_directions_of_a_flow_as_one(boolean six) {
    send(a, 40000, b.party(), 80, six, SYN);
    send(b, 80, a.party(), 40000, six, SYN | ACK);
    send(a, 40000, b.party(), 80, six, ACK);
    ConntrackFlow flow = flow(six);
    String json = new ConntrackText(names(), jiffies(flow) + 500, 250).json(flow);
    assertThat(json)
        .contains("\"protocol\":\"tcp\",\"verdict\":\"forwarded\",\"state\":\"established\"")
        .contains(
            "\"source\":{\"pod\":\"default/a\",\"identity\":1001,\"address\":\"%s\",\"port\":40000}"
                .formatted(a.party().address(six)))
        .contains(
            "\"destination\":{\"pod\":\"default/b\",\"identity\":1002,\"address\":\"%s\",\"port\":80}"
                .formatted(b.party().address(six)))
        .contains("\"packets\":2,\"bytes\":" + (six ? 158 : 118))
        .contains("\"reply-packets\":1,\"reply-bytes\":" + (six ? 74 : 54))
        .contains(
            "\"ingress\":{\"rule\":11,\"policy\":\"NetworkPolicy/default/web\",\"section\":\"ingress[0]\"}")
        .doesNotContain("translated-to", "service", "egress");
    assertThat(new ConntrackText(names(), jiffies(flow) + 500, 250).line(flow))
        .contains("default/a:40000", "default/b:80", "2/1", "2.0s")
        .endsWith("ingress NetworkPolicy/default/web ingress[0]");
  }

  /** When the last packet of the initiator was. */
  private static int jiffies(ConntrackFlow flow) {
    return FlowLayout.seen(flow.forth().orElseThrow(), 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_name_the_service_and_what_it_was_translated_to(boolean six) {
    send(a, 40000, SERVICE, 8000, six, SYN);
    ConntrackFlow flow = flow(six);
    assertThat(flow.asked().destination()).isEqualTo(SERVICE.address(six));
    assertThat(new ConntrackText(names(), 0, 250).json(flow))
        .contains("\"service\":\"default/front\"")
        .contains(
            "\"translated-to\":{\"source-address\":\"%s\",\"source-port\":40000,\"destination-address\":\"%s\",\"destination-port\":80}"
                .formatted(a.party().address(six), b.party().address(six)));
    assertThat(new ConntrackText(names(), 0, 250).line(flow))
        .contains("service default/front  as default/b:80");
  }

  @Test
  void should_say_how_far_a_connection_has_come() {
    send(a, 40000, b.party(), 80, false, SYN);
    assertThat(flow(false).state()).isEqualTo("syn-sent");
    send(b, 80, a.party(), 40000, false, SYN | ACK);
    assertThat(flow(false).state()).isEqualTo("syn-received");
    send(a, 40000, b.party(), 80, false, ACK);
    assertThat(flow(false).state()).isEqualTo("established");
    send(a, 40000, b.party(), 80, false, FIN | ACK);
    assertThat(flow(false).state()).isEqualTo("fin-wait");
    send(b, 80, a.party(), 40000, false, RST);
    assertThat(flow(false).state()).isEqualTo("close");
  }

  @Test
  void should_say_what_is_let_through_only_for_the_audit() {
    node.policy(
        node.compiled(b, Direction.INGRESS, io.weir.api.row.PolicyVerdict.DENY, true, 0, Map.of()));
    node.put();
    send(a, 40000, b.party(), 80, false, SYN);
    assertThat(flow(false).verdict()).isEqualTo("audit");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_show_a_flow_of_which_one_entry_was_evicted(boolean six) {
    send(a, 40000, SERVICE, 8000, six, SYN);
    Flows tcp = new Flows(node.kernel, Packet.TCP);
    tcp.evict(a.party().address(six), 40000, SERVICE.address(six), 8000);
    ConntrackFlow flow = flow(six);
    assertThat(flow.asked().source()).isEqualTo(a.party().address(six));
    assertThat(flow.asked().destination()).isEqualTo(SERVICE.address(six));
    assertThat(flow.reached().destination()).isEqualTo(b.party().address(six));
    assertThat(names().source(flow)).contains("default/a");
    assertThat(names().destination(flow)).contains("default/b");
    assertThat(flow.age(0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_take_both_entries_and_the_translation_away(boolean six) {
    send(a, 40000, SERVICE, 8000, six, SYN);
    Conntrack conntrack = conntrack(six);
    assertThat(conntrack.remove(flow(six), event -> {})).isEqualTo(2);
    assertThat(conntrack.flows().count()).isZero();
    assertThat(conntrack.nats().count()).isZero();
  }

  @Test
  void should_remember_when_a_flow_began() {
    send(a, 40000, b.party(), 80, false, SYN);
    int began = jiffies(flow(false));
    assertThat(flow(false).age(began + 123_456)).contains(123_456L);
    node.policy(node.isolated(b, Direction.INGRESS, Map.of()));
    node.put();
    node.policy(
        node.isolated(
            b, Direction.INGRESS, Map.of(1001, List.of(TestNode.allow(Packet.TCP, 80, 12)))));
    node.put();
    send(a, 40000, b.party(), 80, false, ACK);
    assertThat(flow(false).egressRule()).isZero();
    assertThat(flow(false).ingressRule()).as("decided anew").isEqualTo(12);
    assertThat(flow(false).age(began + 123_456)).contains(123_456L);
  }

  @Test
  void should_end_where_it_is_told_to() {
    for (int port = 40000; port < 40050; port++) {
      send(a, port, b.party(), 80, false, SYN);
    }
    int[] shown = {0};
    assertThat(conntrack(false).walk(flow -> ++shown[0] < 7)).isFalse();
    assertThat(shown[0]).isEqualTo(7);
    assertThat(flows(false)).hasSize(50);
  }

  @Test
  void should_choose_by_pod_and_destination() {
    send(a, 40000, SERVICE, 8000, false, SYN);
    ConntrackFlow flow = flow(false);
    for (String line :
        List.of(
            "--pod default/a",
            "--pod a",
            "--pod b",
            "--to 10.96.0.1",
            "--to 10.96.0.1:8000",
            "--to 10.0.0.2:80",
            "--pod a --to 10.0.0.2")) {
      assertThat(takes(line, flow)).as(line).isTrue();
    }
    for (String line :
        List.of("--pod c", "--pod other/a", "--to 10.0.0.1", "--to 10.0.0.2:8000", "--pod t/a")) {
      assertThat(takes(line, flow)).as(line).isFalse();
    }
  }

  private boolean takes(String line, ConntrackFlow flow) {
    return ConntrackQuery.parse(List.of(("list " + line).split(" ")))
        .takes(flow, names().source(flow), names().destination(flow));
  }
}
