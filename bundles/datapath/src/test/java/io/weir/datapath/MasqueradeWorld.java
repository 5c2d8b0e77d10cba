package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Uplink;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Frame;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * Two pods of a node with one uplink, us, who may do everything; behind a router of which nothing
 * is known there is a server that knows the node only.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MasqueradeWorld {
  static final Party SERVER = Party.outside("203.0.113.10", "2001:db8::10");
  static final Party ROUTER = Party.outside("172.30.7.1", "fd30:7::1");
  static final int POD_PORT = 40_000;

  TestNode node;
  Uplink uplink;
  Party us;
  Pod a;
  Pod b;
  private TestNetns outside;

  @BeforeAll
  void open() {
    node = new TestNode("masquerade");
    outside = TestNetns.create("outside");
    uplink = node.uplink(1, outside);
    us = Party.outside("172.30.1.11", "fd30:1::11");
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
  }

  @AfterAll
  void close() {
    node.close();
    outside.close();
  }

  @BeforeEach
  void reset() {
    node.uplinks(uplink);
    node.reset();
  }

  final Outcome ask(Pod pod, int port, boolean six, int flags) {
    return node.fromPod(pod, Packet.tcp(pod.party(), port, SERVER, 80, six, flags));
  }

  final Outcome answer(int port, boolean six, int flags) {
    return node.fromUplink(uplink, Packet.tcp(SERVER, 80, us, port, six, flags));
  }

  /** The port, or of ICMP the identifier, under which others see the packet's sender. */
  final int seenPort(Outcome out, boolean six) {
    assertThat(out.verdict()).isEqualTo("redirect");
    Frame frame = out.frame();
    assertThat(frame.source()).isEqualTo(us.address(six));
    assertThat(frame.destination()).isEqualTo(SERVER.address(six));
    assertThat(frame.valid()).as("checksums").isTrue();
    assertThat(hops(out)).as("it is a hop further").isEqualTo(63);
    return frame.protocol() == Packet.ICMP || frame.protocol() == Packet.ICMP6
        ? (frame.body()[4] & 0xff) << 8 | frame.body()[5] & 0xff
        : frame.sourcePort();
  }

  private static int hops(Outcome out) {
    return out.bytes()[14 + (out.frame().source().ipv6() ? 7 : 8)];
  }

  final void checkAnswer(Outcome out, Pod pod, int port, boolean six) {
    assertThat(out.verdict()).isEqualTo("redirect");
    assertThat(out.frame().ends())
        .isEqualTo("%s:80 > %s:%d".formatted(SERVER.address(six), pod.party().address(six), port));
    assertThat(out.frame().valid()).as("checksums").isTrue();
    assertThat(hops(out)).isEqualTo(63);
  }
}
