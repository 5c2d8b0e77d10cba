package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.SYN;
import static io.weir.itests.testing.packet.Packet.TCP;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.PolicyVerdict;
import io.weir.api.row.Uplink;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.Fuzz;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import io.weir.itests.testing.packet.SkBuff;
import io.weir.linux.TestRun;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Damaged packets at every hook, where no rule permits any: none may pass but what needs no rule.
 * What is remembered of fragments goes on from one input to the next.
 *
 * <ul>
 *   <li>a pod's ARP and neighbour discovery for itself, and its questions for the gateway;
 *   <li>the node's ARP and neighbour discovery to a pod;
 *   <li>a pod's packets to itself;
 *   <li>packets of the one flow that is there, later fragments between its two ends, and errors
 *       that carry its packets back.
 * </ul>
 */
@NeedsRoot
@NeedsKernel("veth")
class PacketFuzzKernelTest {
  private static final Party SERVER = Party.outside("203.0.113.10", "2001:db8::10");
  private static final int PORT = 40_000;
  private static final int MASQUERADED = 20_443;
  private static final Party US = Party.outside("172.30.3.11", "fd30:3::11");

  private TestNode node;
  private TestNetns outside;
  private Uplink uplink;
  private Pod a;
  private Pod b;
  private Damage damage;

  /** Inputs that passed by the one flow that is there. */
  private long passed;

  @BeforeEach
  void open() {
    node = new TestNode("fuzz");
    outside = TestNetns.create("fuzzout");
    uplink = node.uplink(3, outside);
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
    node.put();
    damage = new Damage(List.of(a.party(), b.party(), SERVER, US), a, node.host);
    passed = 0;
  }

  @AfterEach
  void close() {
    node.close();
    outside.close();
  }

  private record Input(String program, Pod pod, byte[] frame) {
    @Override
    public String toString() {
      return "%s at %s: %s".formatted(program, pod.party(), HexFormat.of().formatHex(frame));
    }
  }

  private Input atPod(Fuzz fuzz) {
    return new Input(
        fuzz.random().nextInt(4) == 0 ? "to_pod" : "from_pod",
        fuzz.random().nextInt(4) == 0 ? b : a,
        damage.frame(fuzz));
  }

  private Input atUplink(Fuzz fuzz) {
    return new Input(
        fuzz.random().nextInt(3) == 0 ? "to_uplink" : "from_uplink", a, damage.frame(fuzz));
  }

  private TestRun.Result run(Input input) {
    int ifindex = input.program().endsWith("uplink") ? uplink.ifindex() : input.pod().ifindex();
    TestRun.Result result =
        node.kernel
            .program(input.program())
            .run(TestRun.of(input.frame()).context(SkBuff.at(ifindex)));
    node.told();
    return result;
  }

  /** In the node's namespace, which the thread that is fed belongs to, then, too. */
  private void feed(java.util.function.Function<Fuzz, Input> inputs, Fuzz.Target<Input> target) {
    node.linux
        .namespaces()
        .call(
            node.netns.path(),
            () -> {
              Fuzz.run(inputs, target);
              return null;
            });
  }

  private void forbidAll() {
    for (Pod pod : List.of(a, b)) {
      for (Direction direction : Direction.values()) {
        node.policy(node.compiled(pod, direction, PolicyVerdict.DENY, false, 0, Map.of()));
      }
    }
    node.put();
  }

  /** As if no rule had ever permitted what is there; which the flows do not notice. */
  private void forgetRules() {
    node.kernel.clear("policy_classes");
    node.kernel.clear("policy_rules");
  }

  private void permitAlone(Pod pod, Direction direction, int peer, int port) {
    node.policy(
        node.compiled(
            pod,
            direction,
            PolicyVerdict.DENY,
            false,
            0,
            Map.of(peer, List.of(TestNode.allow(TCP, port, 1)))));
  }

  @Test
  void should_let_nothing_pass_that_no_rule_permits() {
    forbidAll();
    feed(
        this::atPod,
        input -> {
          int action = run(input).code();
          if (action != TestNode.TC_SHOT) {
            assertThat(needsNoRule(input, action)).as("action %d", action).isTrue();
          }
        });
  }

  @Test
  void should_let_nothing_pass_but_the_one_flow_that_is_there() {
    forbidAll();
    permitAlone(a, Direction.EGRESS, b.identity(), 80);
    permitAlone(b, Direction.INGRESS, a.identity(), 80);
    node.put();
    for (boolean six : new boolean[] {false, true}) {
      node.fromPod(a, Packet.tcp(a.party(), PORT, b.party(), 80, six, SYN));
      node.fromPod(b, Packet.tcp(b.party(), 80, a.party(), PORT, six, SYN | ACK));
    }
    forgetRules();
    feed(
        this::atPod,
        input -> {
          int action = run(input).code();
          if (action != TestNode.TC_SHOT && !needsNoRule(input, action)) {
            boolean asks = input.pod() == a;
            assertThat(
                    action == TestNode.TC_REDIRECT
                        && input.program().equals("from_pod")
                        && RawPacket.of(input.frame())
                            .filter(raw -> isOfFlow(raw, asks))
                            .isPresent())
                .as("action %d", action)
                .isTrue();
            passed++;
          }
        });
    assertThat(passed).as("damage leaves some as they were").isPositive();
  }

  @Test
  void should_lead_nothing_from_outside_to_a_pod_but_answers() {
    for (boolean six : new boolean[] {false, true}) {
      assertThat(
              node.fromPod(a, Packet.tcp(a.party(), MASQUERADED, SERVER, 80, six, SYN)).verdict())
          .isEqualTo("redirect");
    }
    damage = new Damage(List.of(SERVER, US, a.party()), a, node.host);
    List<byte[]> answers = damage.seeds();
    for (boolean six : new boolean[] {false, true}) {
      Packet answer = Packet.tcp(SERVER, 80, US, MASQUERADED, six, ACK);
      answers.add(answer.bytes());
      answers.add(answer.part(3, 0, 24).bytes());
      answers.add(answer.part(3, 24, 30).bytes());
      Packet asked = Packet.tcp(US, MASQUERADED, SERVER, 80, six, ACK);
      answers.add(Packet.error(SERVER, US, six, six ? 1 : 3, 1, asked).bytes());
    }
    feed(this::atUplink, this::checkAtUplink);
    assertThat(passed).as("damage leaves some as they were").isPositive();
  }

  private void checkAtUplink(Input input) {
    TestRun.Result result = run(input);
    Optional<RawPacket> raw = RawPacket.of(input.frame());
    if (result.code() == TestNode.TC_REDIRECT) {
      assertThat(input.program()).isEqualTo("from_uplink");
      assertThat(raw.filter(this::isAnswer)).as("an answer").isPresent();
      passed++;
      return;
    }
    if (result.code() == TestNode.TC_SHOT) {
      return;
    }
    assertThat(result.code()).isEqualTo(TestNode.TC_OK);
    if (input.program().equals("from_uplink")) {
      assertThat(result.data()).as("what is the host's").isEqualTo(input.frame());
    } else {
      RawPacket.of(result.data()).ifPresent(this::checkLeaving);
    }
  }

  private boolean isAnswer(RawPacket raw) {
    Address us = US.address(raw.ipv6());
    Address server = SERVER.address(raw.ipv6());
    return raw.isOf(TCP, server, 80, us, MASQUERADED)
        || raw.destination().equals(us)
            && raw.carried()
                .filter(carried -> carried.isOf(TCP, us, MASQUERADED, server, 80))
                .isPresent();
  }

  /** To the pods of this node their own addresses mean something, and errors say whose they are. */
  private void checkLeaving(RawPacket raw) {
    boolean podsOwn =
        a.party().addresses().contains(raw.source())
            || b.party().addresses().contains(raw.source());
    boolean stays =
        raw.destination().toString().startsWith("10.0.0.")
            || raw.destination().toString().startsWith("fd00:10::");
    boolean error =
        raw.icmpType() >= 0
            && (raw.ipv6()
                ? raw.icmpType() <= 4
                : List.of(3, 4, 5, 11, 12).contains(raw.icmpType()));
    assertThat(podsOwn && !stays && !error).as("a pod's own address leaves").isFalse();
  }

  private boolean isOfFlow(RawPacket raw, boolean asks) {
    Address from = a.party().address(raw.ipv6());
    Address to = b.party().address(raw.ipv6());
    boolean own = asks ? raw.isOf(TCP, from, PORT, to, 80) : raw.isOf(TCP, to, 80, from, PORT);
    boolean begins =
        !raw.later() && (RawPacket.number(raw.frame(), raw.l4() + 13, 1) & (SYN | ACK)) == SYN;
    return own && !begins
        || raw.source().equals(asks ? from : to)
            && raw.destination().equals(asks ? to : from)
            && raw.carried()
                .filter(
                    carried ->
                        asks
                            ? carried.isOf(TCP, to, 80, from, PORT)
                            : carried.isOf(TCP, from, PORT, to, 80))
                .isPresent();
  }

  private boolean needsNoRule(Input input, int action) {
    Pod pod = input.pod();
    byte[] frame = input.frame();
    boolean passes = action == TestNode.TC_OK;
    boolean toPod = input.program().equals("to_pod");
    if (RawPacket.kind(frame) == RawPacket.ARP) {
      return toPod ? passes : isOwnArp(pod, frame, passes);
    }
    return RawPacket.of(frame)
        .filter(
            raw ->
                isDiscovery(pod, raw, toPod, passes) || !toPod && !passes && isToItself(pod, raw))
        .isPresent();
  }

  private static boolean isToItself(Pod pod, RawPacket raw) {
    return raw.source().equals(raw.destination()) && pod.party().addresses().contains(raw.source());
  }

  /** An answer passes, a question for the gateway is answered. */
  private boolean isOwnArp(Pod pod, byte[] frame, boolean passes) {
    byte[] mac = Packet.mac(pod.party().mac());
    return Arrays.equals(Damage.bytes(frame, 6, 6), mac)
        && Arrays.equals(Damage.bytes(frame, 22, 6), mac)
        && Damage.has(frame, 28, pod.party().address4())
        && RawPacket.number(frame, 20, 2) == (passes ? 2 : 1)
        && (passes || Damage.has(frame, 38, node.host.address4()));
  }

  private boolean isDiscovery(Pod pod, RawPacket raw, boolean toPod, boolean passes) {
    int type = raw.icmpType();
    if (!raw.ipv6() || raw.hops() != 255 || raw.first() || type < 135 || type > 136) {
      return false;
    }
    if (toPod) {
      return passes;
    }
    Address target = raw.target().orElse(raw.source());
    boolean own = raw.source().equals(pod.party().address6()) || isLinkLocal(raw.source());
    return own
        && (passes
            ? type == 136 && target.equals(pod.party().address6())
            : type == 135 && target.equals(node.host.address6()));
  }

  private static boolean isLinkLocal(Address address) {
    return (address.bytes()[0] & 0xff) == 0xfe && (address.bytes()[1] & 0xc0) == 0x80;
  }
}
