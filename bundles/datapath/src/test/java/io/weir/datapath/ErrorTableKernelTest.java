package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.datapath.TestNode.Outcome;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Errors of ICMP and ICMPv6, of every kind: they go where the answers of their flow go, translated
 * as those are, and an error of no flow goes nowhere.
 */
@NeedsRoot
@NeedsKernel("veth")
class ErrorTableKernelTest extends PacketTable {
  private static final int ETHERNET = 14;
  private static final Party ROUTER = Party.outside("198.51.100.1", "2001:db8:1::1");
  private static final Party SERVICE = Party.outside("10.96.0.1", "fd10:96::1");

  /** Unreachable, source quench, redirect, time exceeded, parameter problem. */
  private static final List<Integer> KINDS4 = List.of(3, 4, 5, 11, 12);

  /** Unreachable, packet too big, time exceeded, parameter problem. */
  private static final List<Integer> KINDS6 = List.of(1, 2, 3, 4);

  static Stream<Arguments> kinds() {
    return Stream.of(false, true)
        .flatMap(six -> (six ? KINDS6 : KINDS4).stream().map(kind -> Arguments.of(six, kind)));
  }

  /** What a may ask b, a packet of each protocol. */
  private List<Packet> asked(boolean six) {
    return List.of(
        Packet.tcp(a.party(), 40000, b.party(), 80, six, SYN),
        Packet.udp(a.party(), 40000, b.party(), 53, six),
        Packet.sctp(a.party(), 40000, b.party(), 9, six),
        Packet.echo(a.party(), b.party(), six, true, 77));
  }

  /** Carries the packet as a whole, as far as an error may. */
  private static Packet error(Party from, Party to, boolean six, int kind, Packet carried) {
    byte[] frame = carried.bytes();
    byte[] body = with(new byte[8 + frame.length - ETHERNET], 0, kind);
    System.arraycopy(frame, ETHERNET, body, 8, frame.length - ETHERNET);
    return Packet.icmp(from, to, six, body);
  }

  private void check(Outcome out, Packet error, String verdict) {
    assertThat(out.verdict()).isEqualTo(verdict);
    assertThat(out.bytes()).isEqualTo(error.bytes());
    assertThat(out.told()).hasSize(verdict.startsWith("drop") ? 1 : 0);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void should_pass_the_other_pods_errors_of_any_flow(boolean six, int kind) {
    for (Packet asked : asked(six)) {
      node.fromPod(a, asked);
      Packet error = error(b.party(), a.party(), six, kind, asked);
      check(node.fromPod(b, error), error, "redirect");
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void should_pass_errors_of_a_router_on_the_way(boolean six, int kind) {
    for (Packet asked :
        List.of(
            Packet.tcp(a.party(), 40000, WORLD, 80, six, SYN),
            Packet.echo(a.party(), WORLD, six, true, 77))) {
      node.fromPod(a, asked);
      for (Party router : List.of(ROUTER, WORLD, node.host)) {
        Packet error = error(router, a.party(), six, kind, asked);
        check(node.toPod(a, error), error, "pass");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void should_pass_errors_of_a_pod_that_outside_has_asked(boolean six, int kind) {
    Packet asked = Packet.udp(WORLD, 40000, a.party(), 53, six);
    assertThat(node.toPod(a, asked).verdict()).isEqualTo("pass");
    Packet error = error(a.party(), WORLD, six, kind, asked);
    check(node.fromPod(a, error), error, "pass");
  }

  /**
   * The backend's error is about its own port; the client knows the service's only.
   *
   * <pre>
   *   a ── a:40000 → service:80 ──► [a:40000 → b:80] ──► b
   *   a ◄── service: error{a:40000 → service:80} ── [b: error{a:40000 → b:80}] ── b
   * </pre>
   */
  @ParameterizedTest
  @MethodSource("kinds")
  void should_translate_errors_as_their_flow_is(boolean six, int kind) {
    String address = SERVICE.address(six).toString();
    node.frontend(7, address, 8000, Packet.TCP, node.backend(b, six, 80));
    node.put();
    Outcome asked = node.fromPod(a, Packet.tcp(a.party(), 40000, SERVICE, 8000, six, SYN));
    assertThat(asked.frame().ends())
        .isEqualTo("%s:40000 > %s:80".formatted(a.party().address(six), b.party().address(six)));
    Packet seen = Packet.tcp(a.party(), 40000, b.party(), 80, six, SYN);
    for (Packet carried :
        List.of(seen, six ? seen.extended(OPTIONS6, 60) : seen.options(NOTHING))) {
      Outcome out = node.fromPod(b, error(b.party(), a.party(), six, kind, carried));
      assertThat(out.verdict()).isEqualTo("redirect");
      assertThat(out.frame().valid()).isTrue();
      assertThat(out.frame().ends())
          .isEqualTo(SERVICE.address(six) + " > " + a.party().address(six));
      if (carried == seen) {
        assertThat(out.frame().carriedEnds())
            .isEqualTo(
                "%s:40000 > %s:8000".formatted(a.party().address(six), SERVICE.address(six)));
        assertThat(six || out.frame().carriedHeaderValid()).isTrue();
      }
    }
    Outcome onTheWay = node.toPod(a, error(ROUTER, a.party(), six, kind, seen));
    assertThat(onTheWay.verdict())
        .as("the flow's answers come by another hook")
        .isEqualTo("drop 244");
  }

  private static final byte[] OPTIONS6 = {6, 0, 1, 4, 0, 0, 0, 0};
  private static final byte[] NOTHING = {1, 1, 1, 0};

  /** A router's error keeps its own address: it is not the service. */
  @ParameterizedTest
  @MethodSource("kinds")
  void should_translate_what_a_routers_error_carries(boolean six, int kind) {
    String address = SERVICE.address(six).toString();
    node.frontend(
        7,
        address,
        8000,
        Packet.UDP,
        new io.weir.api.row.Backend(WORLD.address(six), 80, "outside"));
    node.put();
    assertThat(node.fromPod(a, Packet.udp(a.party(), 40000, SERVICE, 8000, six)).verdict())
        .isEqualTo("pass");
    Packet seen = Packet.udp(a.party(), 40000, WORLD, 80, six);
    Outcome out = node.toPod(a, error(ROUTER, a.party(), six, kind, seen));
    assertThat(out.verdict()).isEqualTo("pass");
    assertThat(out.frame().valid()).isTrue();
    assertThat(out.frame().ends()).isEqualTo(ROUTER.address(six) + " > " + a.party().address(six));
    assertThat(out.frame().carriedEnds())
        .isEqualTo("%s:40000 > %s:8000".formatted(a.party().address(six), SERVICE.address(six)));
  }

  /** c may send a whatever it likes, and yet it cannot end what a has with b. */
  @ParameterizedTest
  @MethodSource("kinds")
  void should_drop_errors_that_a_third_pod_forges(boolean six, int kind) {
    Packet asked = Packet.tcp(a.party(), 40000, b.party(), 80, six, SYN);
    node.fromPod(a, asked);
    Packet own = error(c.party(), a.party(), six, kind, asked);
    check(node.fromPod(c, own), own, "drop 244");
    Packet stolen = error(c.party(), a.party(), six, kind, asked).source(b.party().address(six));
    check(node.fromPod(c, stolen), stolen, "drop 132");
    Packet outside = error(ROUTER, a.party(), six, kind, asked);
    check(node.toPod(a, outside), outside, "drop 244");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void should_drop_errors_of_no_flow_where_all_else_is_allowed(boolean six, int kind) {
    Packet never = Packet.udp(c.party(), 1, a.party(), 2, six);
    Packet error = error(a.party(), c.party(), six, kind, never);
    check(node.fromPod(a, error), error, "drop 244");
    Packet other = error(a.party(), WORLD, six, kind, never);
    check(node.fromPod(a, other), other, "drop 244");
  }

  /** Frame of an error whose carried head was made wrong at an offset of its IP header. */
  private byte[] spoilt(boolean six, Packet asked, int at, int... values) {
    byte[] frame = error(b.party(), a.party(), six, six ? 1 : 3, asked).bytes();
    return with(frame, ETHERNET + (six ? 40 : 20) + 8 + at, values);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_drop_errors_that_carry_no_head(boolean six) {
    Packet asked = Packet.udp(a.party(), 40000, b.party(), 53, six);
    node.fromPod(a, asked);
    int head = ETHERNET + (six ? 40 : 20) + 8;
    byte[] good = error(b.party(), a.party(), six, six ? 1 : 3, asked).bytes();
    assertThat(node.fromPod(b, good).verdict()).isEqualTo("redirect");
    List<byte[]> bad =
        List.of(
            spoilt(six, asked, 0, six ? 0x45 : 0x65),
            six ? spoilt(six, asked, 6, 43) : spoilt(six, asked, 0, 0x44),
            six ? spoilt(six, asked, 6, 44, 0, 0, 8) : spoilt(six, asked, 6, 0, 1),
            spoilt(six, asked, six ? 6 : 9, 47),
            spoilt(six, asked, six ? 41 : 21, 1));
    for (byte[] frame : bad) {
      assertThat(node.fromPod(b, frame).verdict()).isEqualTo("drop 244");
    }
    byte[] body = java.util.Arrays.copyOfRange(good, head - 8, head + (six ? 41 : 21));
    assertThat(node.fromPod(b, Packet.icmp(b.party(), a.party(), six, body)).verdict())
        .as("it ends before the ports")
        .isEqualTo("drop 244");
  }
}
