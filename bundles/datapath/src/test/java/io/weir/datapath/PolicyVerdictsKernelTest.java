package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What is told of a verdict's rules, and policies of odd kinds: audit, none, of a pod to itself.
 */
@NeedsRoot
@NeedsKernel("veth")
class PolicyVerdictsKernelTest extends PacketTable {
  @Test
  void should_say_whose_policy_denied_and_by_which_rule() {
    node.policy(
        node.isolated(b, Direction.INGRESS, Map.of(A, List.of(TestNode.deny(Packet.TCP, 80, 31)))));
    node.policy(
        node.isolated(c, Direction.EGRESS, Map.of(B, List.of(TestNode.allow(Packet.TCP, 80, 21)))));
    node.put();
    Told ingress =
        node.fromPod(a, Packet.tcp(a.party(), 1, b.party(), 80, false, SYN)).told().get(0);
    assertThat(ingress.reason()).isEqualTo(Abi.REASON_POLICY_DENY);
    assertThat(ingress.ingressRule()).isEqualTo(31);
    assertThat(ingress.flags()).isEqualTo(Abi.EVENT_DENIED_INGRESS);
    assertThat(List.of(ingress.sourceIdentity(), ingress.destinationIdentity()))
        .containsExactly(A, B);
    Told egress = node.fromPod(c, Packet.tcp(c.party(), 1, b.party(), 81, true, SYN)).told().get(0);
    assertThat(egress.reason()).isEqualTo(Abi.REASON_POLICY_DENIED);
    assertThat(egress.flags()).isEqualTo(Abi.EVENT_DENIED_EGRESS | Abi.EVENT_IPV6);
    Told world = node.toPod(b, Packet.udp(WORLD, 5, b.party(), 53, false)).told().get(0);
    assertThat(world.flags()).isEqualTo(Abi.EVENT_DENIED_INGRESS | Abi.EVENT_TO_POD);
    assertThat(List.of(world.sourceIdentity(), world.destinationIdentity())).containsExactly(9, B);
  }

  @Test
  void should_name_the_rules_that_allowed() {
    node.policy(
        node.isolated(a, Direction.EGRESS, Map.of(B, List.of(TestNode.allow(Packet.TCP, 80, 41)))));
    node.put();
    Told opened =
        node.fromPod(a, Packet.tcp(a.party(), 1, b.party(), 80, false, SYN)).told().get(0);
    assertThat(List.of(opened.egressRule(), opened.ingressRule())).containsExactly(41, 11);
    assertThat(opened.tcpFlags()).isEqualTo(SYN);
  }

  @Test
  void should_tell_but_not_enforce_under_audit() {
    node.policy(
        node.compiled(
            b,
            Direction.INGRESS,
            PolicyVerdict.DENY,
            true,
            0,
            Map.of(A, List.of(TestNode.allow(Packet.TCP, 80, 11)))));
    node.put();
    Outcome allowed = node.fromPod(a, Packet.tcp(a.party(), 1, b.party(), 80, false, SYN));
    assertThat(allowed.told().get(0).has(Abi.EVENT_AUDIT)).isFalse();
    Outcome audited = node.fromPod(a, Packet.tcp(a.party(), 1, b.party(), 81, false, SYN));
    assertThat(audited.verdict()).isEqualTo("redirect");
    Told told = audited.told().get(0);
    assertThat(told.toString()).startsWith("opened");
    assertThat(told.has(Abi.EVENT_AUDIT)).isTrue();
    assertThat(told.has(Abi.EVENT_DENIED_INGRESS)).isTrue();
    assertThat(told.reason()).isEqualTo(Abi.REASON_POLICY_DENIED);
  }

  @Test
  void should_not_be_asked_about_itself() {
    node.policy(node.isolated(a, Direction.EGRESS, Map.of()));
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
    assertThat(node.fromPod(a, Packet.tcp(a.party(), 1, a.party(), 80, false, SYN)).verdict())
        .isEqualTo("redirect");
  }

  @Test
  void should_take_a_syn_with_an_ack_for_an_answer() {
    node.policy(node.open(b, Direction.EGRESS));
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
    assertThat(
            node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), 40000, false, SYN | ACK))
                .verdict())
        .as("a may ask b for port 80, though b may ask a for nothing")
        .isEqualTo("redirect");
    assertThat(
            node.fromPod(b, Packet.tcp(b.party(), 81, a.party(), 40000, false, SYN | ACK))
                .verdict())
        .isEqualTo("drop 133");
  }

  @Test
  void should_drop_and_count_what_leads_to_a_slot_without_policy() {
    PolicyEntry any = new PolicyEntry(PolicyEntry.ANY_PROTOCOL, 0, 0, PolicyVerdict.ALLOW, 51);
    node.policy(node.isolated(b, Direction.INGRESS, Map.of(A, List.of(any))));
    node.put();
    byte[] packet = Packet.tcp(a.party(), 1, b.party(), 80, false, SYN).bytes();
    node.kernel.map("policy_slots").update(Revisions.word(b.ingressSlot()), new byte[12]);
    Outcome out = node.fromPod(a, packet);
    assertThat(out.verdict()).isEqualTo("drop 165");
    assertThat(out.drops()).containsEntry(165, 1L);
  }
}
