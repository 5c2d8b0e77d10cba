package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Backend;
import io.weir.api.row.Prefix;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What leaves by an uplink with a pod's address, through the stack: errors of every kind, and
 * packets of flows that began before there was masquerade. It may, where whom it goes to knows the
 * pod by that address.
 */
@NeedsRoot
@NeedsKernel("veth")
class GuardKernelTest extends MasqueradeWorld {
  private static final Party SERVICE = Party.outside("10.96.0.1", "fd10:96::1");
  private static final Party OTHER = Party.outside("198.51.100.1", "2001:db8:1::1");

  /** Unreachable, source quench, redirect, time exceeded, parameter problem. */
  private static final List<Integer> KINDS4 = List.of(3, 4, 5, 11, 12);

  /** Unreachable, packet too big, time exceeded, parameter problem. */
  private static final List<Integer> KINDS6 = List.of(1, 2, 3, 4);

  static Stream<Arguments> kinds() {
    return Stream.of(false, true)
        .flatMap(six -> (six ? KINDS6 : KINDS4).stream().map(kind -> Arguments.of(six, kind)));
  }

  private void masquerade(boolean on) {
    node.masquerading(new MasqueradeSettings(on, on, TestNode.MASQUERADING.ports(), List.of()));
    node.put();
  }

  private static Packet error(Pod from, Party to, boolean six, int kind, Packet about) {
    return Packet.error(from.party(), to, six, kind, 0, about);
  }

  private void checkDropped(Packet packet) {
    Outcome out = node.toUplink(uplink, packet);
    assertThat(out.verdict()).isEqualTo("drop 167");
    assertThat(out.told()).hasSize(1);
    assertThat(out.told().get(0).sourceIdentity()).isIn(1001, 1002);
  }

  private void checkPassed(Packet packet) {
    Outcome out = node.toUplink(uplink, packet);
    assertThat(out.verdict()).isEqualTo("pass");
    assertThat(out.bytes()).isEqualTo(packet.bytes());
    assertThat(out.told()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void should_drop_errors_of_no_flow(boolean six, int kind) {
    checkDropped(error(a, WORLD, six, kind, Packet.udp(WORLD, 53, a.party(), 40000, six)));
  }

  /** from_pod translates them: what comes here untranslated came by another way. */
  @ParameterizedTest
  @MethodSource("kinds")
  void should_drop_errors_of_a_masqueraded_flow(boolean six, int kind) {
    assertThat(node.fromPod(a, Packet.udp(a.party(), 40000, WORLD, 53, six)).verdict())
        .isEqualTo("redirect");
    checkDropped(error(a, WORLD, six, kind, Packet.udp(WORLD, 53, a.party(), 40000, six)));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void should_pass_errors_to_whom_reached_the_pod_by_its_address(boolean six, int kind) {
    Packet asked = Packet.udp(WORLD, 53, a.party(), 40000, six);
    assertThat(node.toPod(a, asked).verdict()).isEqualTo("pass");
    Packet error = error(a, WORLD, six, kind, asked);
    assertThat(node.fromPod(a, error).verdict()).isEqualTo("pass");
    checkPassed(error);
    checkDropped(error(a, OTHER, six, kind, asked));
    checkDropped(error(b, WORLD, six, kind, asked));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void should_pass_errors_to_blocks_that_know_pods(boolean six, int kind) {
    node.masquerading(
        new MasqueradeSettings(
            true, true, TestNode.MASQUERADING.ports(), List.of(Prefix.host(WORLD.address(six)))));
    node.put();
    checkPassed(error(a, WORLD, six, kind, Packet.udp(WORLD, 53, a.party(), 40000, six)));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void should_pass_what_began_before_there_was_masquerade(boolean six, int kind) {
    masquerade(false);
    Packet asks = Packet.udp(a.party(), 40000, WORLD, 53, six);
    assertThat(node.fromPod(a, asks).verdict()).isEqualTo("pass");
    masquerade(true);
    assertThat(node.fromPod(a, asks).verdict()).isEqualTo("pass");
    checkPassed(asks);
    checkPassed(error(a, WORLD, six, kind, Packet.udp(WORLD, 53, a.party(), 40000, six)));
  }

  /**
   * As before, but the pod asks a service whose backend is outside: it leaves under another key
   * than that of its entry.
   */
  @ParameterizedTest
  @MethodSource("kinds")
  void should_pass_what_began_before_with_a_service(boolean six, int kind) {
    masquerade(false);
    node.frontend(
        7,
        SERVICE.address(six).toString(),
        8000,
        Packet.TCP,
        new Backend(WORLD.address(six), 80, "outside"));
    node.put();
    node.fromPod(a, Packet.tcp(a.party(), 40000, SERVICE, 8000, six, SYN));
    masquerade(true);
    assertThat(
            node.fromPod(a, Packet.tcp(a.party(), 40000, SERVICE, 8000, six, ACK | PSH)).verdict())
        .isEqualTo("pass");
    checkPassed(Packet.tcp(a.party(), 40000, WORLD, 80, six, ACK | PSH));
    checkPassed(
        error(a, WORLD, six, kind, Packet.tcp(WORLD, 80, a.party(), 40000, six, ACK | PSH)));
  }
}
