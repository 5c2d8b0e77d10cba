package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.api.row.Identity;
import io.weir.api.row.PolicyVerdict;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Packet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way that a packet of a pod can go, a story each, between real sockets. */
@NeedsRoot
@NeedsKernel({"veth", "tcx"})
class WaysKernelTest extends PathWorld {
  private static final int BYTES = 100_000;

  private void stream(TestNetns from, Object to, int port) {
    assertThat(sizes.ask(from, "stream", to, port, BYTES)).isEqualTo(String.valueOf(BYTES));
  }

  /** Sends a datagram, and returns what is told of it first. */
  private Told send(TestNetns from, Object to) {
    node.told();
    assertThat(sizes.ask(from, "send", to, PORT, 10)).isEqualTo("10");
    return await(told -> told.destinationPort() == PORT).get(0);
  }

  /** What is told until something of a kind is. */
  private List<Told> await(Predicate<Told> last) {
    List<Told> all = new ArrayList<>();
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    while (all.stream().noneMatch(last)) {
      assertThat(Instant.now()).as("told so far: %s", all).isBefore(deadline);
      all.addAll(node.told());
      Thread.onSpinWait();
    }
    return all;
  }

  private List<Told> connection() {
    return await(told -> told.type() == Abi.EVENT_CLOSED && !told.has(Abi.EVENT_MORE)).stream()
        .filter(told -> told.protocol() == Packet.TCP)
        .toList();
  }

  private static List<Integer> identities(Told told) {
    return List.of(told.sourceIdentity(), told.destinationIdentity());
  }

  private static int world(boolean six) {
    return six ? Abi.IDENTITY_WORLD_IPV6 : Abi.IDENTITY_WORLD_IPV4;
  }

  private void assertTold(int from, int to) {
    List<Told> told = connection();
    assertThat(told.stream().map(Told::type).toList())
        .containsExactly(
            Abi.EVENT_OPENED, Abi.EVENT_FIRST_REPLY, Abi.EVENT_CLOSED, Abi.EVENT_CLOSED);
    assertThat(identities(told.get(0))).containsExactly(from, to);
    assertThat(identities(told.get(1))).containsExactly(to, from);
    Told asked = told.get(told.get(2).has(Abi.EVENT_REPLY) ? 3 : 2);
    assertThat(asked.counts().get(1)).isGreaterThan(BYTES);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_lead_a_pod_to_another(boolean six) {
    stream(a.inside(), b.party().address(six), PORT);
    assertTold(A, B);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_lead_a_pod_to_its_node(boolean six) {
    stream(a.inside(), node.host.address(six), PORT);
    assertTold(A, Identity.HOST);
  }

  /** Nobody may ask a, and yet its node does, as the probes of Kubernetes must. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_let_the_nodes_probes_through_whatever_else_is_forbidden(boolean six) {
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.policy(node.isolated(a, Direction.EGRESS, Map.of()));
    node.put();
    stream(node.netns, a.party().address(six), PORT);
    assertTold(Identity.HOST, A);
    assertThat(send(b.inside(), a.party().address(six)).reason())
        .isEqualTo(Abi.REASON_POLICY_DENIED);
  }

  /** With {@code allow-localhost: policy} the policy has no such entry. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_keep_the_node_out_where_its_pods_policy_says_so(boolean six) {
    node.policy(node.compiled(a, Direction.INGRESS, PolicyVerdict.DENY, false, 0, Map.of()));
    node.put();
    Told told = send(node.netns, a.party().address(six));
    assertThat(told.reason()).isEqualTo(Abi.REASON_POLICY_DENIED);
    assertThat(identities(told)).containsExactly(Identity.HOST, A);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_lead_a_pod_outside_and_answers_back(boolean six) {
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
    stream(a.inside(), WORLD.address(six), PORT);
    assertTold(A, world(six));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_lead_outside_to_a_pod_by_its_route(boolean six) {
    node.policy(node.isolated(a, Direction.EGRESS, Map.of()));
    node.put();
    stream(outside, a.party().address(six), PORT);
    assertTold(world(six), A);
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
    Told told = send(outside, a.party().address(six));
    assertThat(told.reason()).isEqualTo(Abi.REASON_POLICY_DENIED);
    assertThat(told.has(Abi.EVENT_TO_POD)).isTrue();
  }

  /** By its own address a pod's packets do not leave it. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_see_nothing_of_what_a_pod_says_to_itself(boolean six) {
    stream(a.inside(), a.party().address(six), PORT);
    stream(a.inside(), b.party().address(six), PORT);
    assertThat(connection())
        .filteredOn(told -> told.type() != Abi.EVENT_CLOSED)
        .hasSize(2)
        .allSatisfy(told -> assertThat(identities(told)).contains(A, B));
  }

  /**
   * A service whose backend its client is: the pod would not take a packet from its own address, so
   * the node's stands in for it.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_lead_a_pod_to_itself_by_a_service_whatever_is_forbidden(boolean six) {
    String address = service(six);
    for (int protocol : new int[] {Packet.TCP, Packet.UDP}) {
      node.frontend(protocol, address, 80, protocol, node.backend(a, six, PORT));
    }
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.policy(node.isolated(a, Direction.EGRESS, Map.of()));
    node.put();
    stream(a.inside(), address, 80);
    List<Told> told = connection();
    assertThat(identities(told.get(0))).containsExactly(A, A);
    assertThat(told.get(0).source()).isEqualTo(node.host.address(six));
    assertThat(sizes.ask(a.inside(), "datagram", address, 80, 1400, "whole")).isEqualTo("1400");
    assertThat(sizes.ask(a.inside(), "datagram", address, 80, 9000, "parts")).isEqualTo("9000");
  }

  /** Datagrams in three parts, the second of them backwards; the other pod answers both. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_bring_fragments_that_overtake_each_other(boolean six) {
    Packet datagram = Packet.udp(a.party(), 40000, b.party(), PORT, six, 56);
    sizes.frames(a.inside(), parts(datagram, 1, 0, 1, 2));
    await(told -> told.type() == Abi.EVENT_FIRST_REPLY);
    sizes.frames(a.inside(), parts(datagram, 2, 2, 1, 0));
    Flows udp = new Flows(node.kernel, Packet.UDP);
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    while (answers(udp, six) < 2) {
      assertThat(Instant.now()).isBefore(deadline);
      Thread.onSpinWait();
    }
  }

  private long answers(Flows udp, boolean six) {
    return FlowLayout.packets(
        udp.entry(b.party().address(six), PORT, a.party().address(six), 40000).orElseThrow(), 0);
  }

  private static byte[][] parts(Packet datagram, int id, int... order) {
    int[] bounds = {0, 24, 48, 64};
    return IntStream.of(order)
        .mapToObj(part -> datagram.part(id, bounds[part], bounds[part + 1]).bytes())
        .toArray(byte[][]::new);
  }

  /** The kernel has taken the tag out of the frame by then; what is left looks like any other. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_drop_what_a_pod_sends_by_a_vlan(boolean six) {
    byte[] plain = Packet.udp(b.party(), 40000, a.party(), PORT, six).bytes();
    for (int vlan : new int[] {0, 5}) {
      byte[] tagged = new byte[plain.length + 4];
      System.arraycopy(plain, 0, tagged, 0, 12);
      System.arraycopy(plain, 12, tagged, 16, plain.length - 12);
      tagged[12] = (byte) 0x81;
      tagged[15] = (byte) vlan;
      node.told();
      sizes.frames(b.inside(), tagged);
      Told told = await(any -> true).get(0);
      assertThat(told.reason()).isEqualTo(Abi.REASON_VLAN);
    }
    sizes.frames(b.inside(), plain);
    assertThat(await(any -> true).get(0).type()).as("without its tag").isEqualTo(Abi.EVENT_OPENED);
  }
}
