package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Outcome;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ICMP errors about masqueraded flows: from outside, of the pod, and of the node's own stack. */
@NeedsRoot
@NeedsKernel("veth")
class MasqueradeErrorsKernelTest extends MasqueradeWorld {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_translate_errors_about_a_masqueraded_flow(boolean six) {
    Outcome out = node.fromPod(a, Packet.udp(a.party(), POD_PORT, SERVER, 53, six));
    int seen = seenPort(out, six);
    Packet carried = Packet.udp(us, seen, SERVER, 53, six);
    for (int type : six ? new int[] {1, 2, 3} : new int[] {3, 11}) {
      Outcome error = node.fromUplink(uplink, Packet.error(ROUTER, us, six, type, 0, carried));
      assertThat(error.verdict()).isEqualTo("redirect");
      assertThat(error.frame().source()).isEqualTo(ROUTER.address(six));
      assertThat(error.frame().destination()).isEqualTo(a.party().address(six));
      assertThat(error.frame().valid()).as("checksums").isTrue();
      assertThat(six || error.frame().carriedHeaderValid()).isTrue();
      assertThat(error.frame().carriedEnds())
          .isEqualTo(
              "%s:%d > %s:53".formatted(a.party().address(six), POD_PORT, SERVER.address(six)));
    }
    Packet others = Packet.udp(us, seen + 1, SERVER, 53, six);
    assertThat(node.fromUplink(uplink, Packet.error(ROUTER, us, six, 3, 0, others)).verdict())
        .as("about the host's own")
        .isEqualTo("pass");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_translate_errors_about_echo(boolean six) {
    int seen = seenPort(node.fromPod(a, Packet.echo(a.party(), SERVER, six, true, 77)), six);
    Packet carried = Packet.echo(us, SERVER, six, true, seen);
    Outcome error =
        node.fromUplink(uplink, Packet.error(ROUTER, us, six, six ? 3 : 11, 0, carried));
    assertThat(error.verdict()).isEqualTo("redirect");
    assertThat(error.frame().valid()).isTrue();
    byte[] body = error.frame().body();
    int icmp = 8 + (six ? 40 : 20);
    assertThat(body[icmp] & 0xff).as("type of the packet it carries").isEqualTo(six ? 128 : 8);
    assertThat(body[icmp + 4] << 8 | body[icmp + 5]).isEqualTo(77);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_translate_errors_of_the_pod(boolean six) {
    int seen = seenPort(node.fromPod(a, Packet.udp(a.party(), POD_PORT, SERVER, 53, six)), six);
    Packet carried = Packet.udp(SERVER, 53, a.party(), POD_PORT, six);
    Outcome error =
        node.fromPod(a, Packet.error(a.party(), SERVER, six, six ? 1 : 3, six ? 4 : 3, carried));
    assertThat(error.verdict()).isEqualTo("redirect");
    assertThat(error.frame().source()).isEqualTo(us.address(six));
    assertThat(error.frame().valid()).isTrue();
    assertThat(error.frame().carriedEnds())
        .isEqualTo("%s:53 > %s:%d".formatted(SERVER.address(six), us.address(six), seen));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_have_the_stack_say_that_no_hop_is_left(boolean six) {
    Packet last = Packet.udp(a.party(), POD_PORT, SERVER, 53, six).hops(1);
    for (int i = 0; i < 2; i++) {
      Outcome out = node.fromPod(a, last);
      assertThat(out.verdict()).isEqualTo("pass");
      assertThat(out.bytes()).as("as the pod sent it").isEqualTo(last.bytes());
    }
    node.policy(node.isolated(a, Direction.INGRESS, Map.of()));
    node.put();
    node.fromPod(a, last);
    Party gateway = Party.outside("10.0.0.253", "fd00:10::fd");
    Packet error = Packet.error(gateway, a.party(), six, six ? 3 : 11, 0, last);
    assertThat(node.toPod(a, error).verdict()).isEqualTo("pass");
    Packet others = Packet.udp(a.party(), POD_PORT + 1, SERVER, 53, six);
    assertThat(
            node.toPod(a, Packet.error(gateway, a.party(), six, six ? 3 : 11, 0, others)).verdict())
        .as("of no flow")
        .startsWith("drop");
    Outcome first = node.fromPod(a, Packet.udp(a.party(), POD_PORT, SERVER, 53, six));
    int seen = seenPort(first, six);
    assertThat(node.fromUplink(uplink, Packet.udp(SERVER, 53, us, seen, six).hops(1)).verdict())
        .isEqualTo("drop 196");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_have_the_stack_say_that_a_packet_is_too_big(boolean six) {
    node.netns.run("ip", "link", "set", uplink.device(), "mtu", "1400");
    try {
      Packet big = Packet.udp(a.party(), POD_PORT, SERVER, 53, six, 1420);
      for (int i = 0; i < 2; i++) {
        Outcome out = node.fromPod(a, big);
        assertThat(out.verdict()).isEqualTo("pass");
        assertThat(out.bytes()).isEqualTo(big.bytes());
      }
      Packet less = Packet.udp(a.party(), POD_PORT, SERVER, 53, six, 1340);
      seenPort(node.fromPod(a, less), six);
    } finally {
      node.netns.run("ip", "link", "set", uplink.device(), "mtu", "1500");
    }
  }
}
