package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Backend;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets of any size by any way, between real sockets. */
@NeedsRoot
@NeedsKernel({"veth", "tcx"})
class PathKernelTest extends PathWorld {
  private static final int SERVICE_PORT = 80;
  private static final int USUAL = 1500;
  private static final int SMALL = 1300;

  /** Of no link here larger than a datagram of 1400 bytes, and smaller than one of 1500. */
  private static final int LARGE = 1400;

  private static final int EMSGSIZE = 90;
  private static final int MEGABYTES = 1 << 20;

  /** All links are of the usual size, and nobody remembers another of any way. */
  @Override
  @BeforeEach
  void reset() {
    mtu(node.netns, "up0", USUAL);
    mtu(outside, "eth0", USUAL);
    for (Pod pod : List.of(a, b)) {
      mtu(node.netns, pod.device(), USUAL);
      mtu(pod.inside(), "eth0", USUAL);
    }
    for (TestNetns each : List.of(a.inside(), b.inside(), outside, node.netns)) {
      each.run("ip", "route", "flush", "cache");
      each.run("ip", "-6", "route", "flush", "cache");
    }
    super.reset();
  }

  private static void mtu(TestNetns where, String device, int bytes) {
    where.run("ip", "link", "set", device, "mtu", String.valueOf(bytes));
  }

  private String whole(TestNetns from, Object to, int port, int bytes) {
    return sizes.ask(from, "datagram", to, port, bytes, "whole");
  }

  private String parts(TestNetns from, Object to, int port, int bytes) {
    return sizes.ask(from, "datagram", to, port, bytes, "parts");
  }

  private String stream(TestNetns from, Object to, int port, long bytes) {
    return sizes.ask(from, "stream", to, port, bytes);
  }

  /**
   * The link to outside is smaller than the pod's.
   *
   * <pre>
   *   a ── 1400 bytes ──► node ╳ 1300    outside
   *   a ◄── too big: 1300 ─ node
   *   a ── 1200 bytes ──────────────────► outside
   * </pre>
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_tell_a_pod_of_a_smaller_link_behind_the_node(boolean six) {
    mtu(node.netns, "up0", SMALL);
    mtu(outside, "eth0", SMALL);
    assertThat(whole(a.inside(), WORLD.address(six), PORT, LARGE)).isEqualTo(tooBig());
    assertThat(whole(a.inside(), WORLD.address(six), PORT, 1200)).isEqualTo("1200");
    assertThat(whole(a.inside(), WORLD.address(six), PORT, LARGE))
        .as("the pod knows it now")
        .isEqualTo(tooBig());
    assertThat(stream(a.inside(), WORLD.address(six), PORT, MEGABYTES))
        .isEqualTo(String.valueOf(MEGABYTES));
  }

  private static String tooBig() {
    return "errno %d mtu %d".formatted(EMSGSIZE, SMALL);
  }

  /** The same where the pod asks a service: it is told of the address that it knows. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_tell_it_of_a_service_too(boolean six) {
    String address = service(six);
    for (int protocol : new int[] {Packet.UDP, Packet.TCP}) {
      node.frontend(
          protocol, address, SERVICE_PORT, protocol, new Backend(WORLD.address(six), PORT, "out"));
    }
    node.put();
    mtu(node.netns, "up0", SMALL);
    mtu(outside, "eth0", SMALL);
    assertThat(whole(a.inside(), address, SERVICE_PORT, LARGE)).isEqualTo(tooBig());
    assertThat(whole(a.inside(), address, SERVICE_PORT, 1200)).isEqualTo("1200");
    assertThat(stream(a.inside(), address, SERVICE_PORT, MEGABYTES))
        .isEqualTo(String.valueOf(MEGABYTES));
  }

  /**
   * Outside learns from the node that a pod's link is smaller, and the pod's streams are cut so.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_obey_the_mtu_of_a_pod(boolean six) {
    assertThat(whole(outside, a.party().address(six), PORT, LARGE)).isEqualTo("1400");
    mtu(a.inside(), "eth0", SMALL);
    mtu(node.netns, a.device(), SMALL);
    assertThat(whole(outside, a.party().address(six), PORT, LARGE)).isEqualTo(tooBig());
    assertThat(whole(node.netns, a.party().address(six), PORT, LARGE)).isEqualTo(tooBig());
    for (TestNetns from : List.of(outside, node.netns, b.inside())) {
      assertThat(stream(from, a.party().address(six), PORT, MEGABYTES))
          .isEqualTo(String.valueOf(MEGABYTES));
    }
    assertThat(stream(a.inside(), b.party().address(six), PORT, MEGABYTES))
        .isEqualTo(String.valueOf(MEGABYTES));
  }

  /** No link lies between two pods of a node, so that nothing is too big for one. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_bring_a_pod_whole_what_is_larger_than_it_may_send(boolean six) {
    mtu(b.inside(), "eth0", SMALL);
    mtu(node.netns, b.device(), SMALL);
    assertThat(whole(a.inside(), b.party().address(six), PORT, LARGE))
        .as("the answer comes in fragments")
        .isEqualTo("1400");
    assertThat(whole(b.inside(), a.party().address(six), PORT, LARGE)).isEqualTo(tooBig());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_pass_datagrams_in_fragments_by_every_way(boolean six) {
    assertThat(parts(a.inside(), b.party().address(six), PORT, 20_000)).isEqualTo("20000");
    assertThat(parts(a.inside(), WORLD.address(six), PORT, 20_000)).isEqualTo("20000");
    assertThat(parts(a.inside(), node.host.address(six), PORT, 20_000)).isEqualTo("20000");
    assertThat(parts(outside, a.party().address(six), PORT, 20_000)).isEqualTo("20000");
    assertThat(parts(node.netns, a.party().address(six), PORT, 20_000)).isEqualTo("20000");
  }

  /**
   * A stream crosses as what the sender's kernel puts together, up to 64 KiB a packet, and arrives
   * as it was.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_pass_super_packets_whole(boolean six) {
    long bytes = 64L * MEGABYTES;
    assertThat(stream(a.inside(), b.party().address(six), PORT, bytes))
        .isEqualTo(String.valueOf(bytes));
    byte[] entry = largest(six);
    assertThat(FlowLayout.bytes(entry, 0)).isGreaterThan(bytes);
    assertThat(FlowLayout.bytes(entry, 0) / FlowLayout.packets(entry, 0))
        .as("bytes a packet")
        .isGreaterThan(8 * USUAL);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_pass_super_packets_whole_that_are_translated(boolean six) {
    String address = service(six);
    node.frontend(
        7,
        address,
        SERVICE_PORT,
        Packet.TCP,
        new Backend(b.party().address(six), PORT, "default/b"));
    node.put();
    long bytes = 64L * MEGABYTES;
    assertThat(stream(a.inside(), address, SERVICE_PORT, bytes)).isEqualTo(String.valueOf(bytes));
    byte[] entry = largest(six);
    assertThat(FlowLayout.service(entry, 0)).isEqualTo(7);
    assertThat(FlowLayout.bytes(entry, 0) / FlowLayout.packets(entry, 0)).isGreaterThan(8 * USUAL);
  }

  /** A tool that others know: there and back by TCP, and datagrams larger than any link. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_carry_iperf3(boolean six) {
    for (List<String> kind :
        List.of(
            List.of("-n", "8M"),
            List.of("-n", "8M", "-R"),
            List.of("-u", "-n", "1M", "-l", "8000"))) {
      for (Party to : List.of(b.party(), WORLD)) {
        TestNetns where = to.equals(WORLD) ? outside : b.inside();
        Process server = where.start("iperf3", "-s", "-1", "--forceflush", "-p", "5201");
        try {
          awaitListener(where);
          List<String> words = new ArrayList<>(List.of("iperf3", "-c", to.address(six).toString()));
          words.addAll(kind);
          assertThat(a.inside().run(words.toArray(String[]::new)))
              .as("%s to %s", kind, to)
              .contains("iperf Done.");
        } finally {
          server.destroyForcibly();
          server.onExit().join();
        }
      }
    }
  }

  /** Until somebody listens to iperf3's port. */
  private static void awaitListener(TestNetns where) {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    while (!where.run("ss", "-Hltn", "sport = :5201").contains("LISTEN")) {
      assertThat(Instant.now()).isBefore(deadline);
    }
  }

  /** The entry that counted most. */
  private byte[] largest(boolean six) {
    byte[][] largest = {new byte[FlowLayout.SIZE]};
    node.kernel
        .map(six ? "flows6" : "flows4")
        .forEach(
            (key, flow) -> {
              if (FlowLayout.bytes(flow, 0) > FlowLayout.bytes(largest[0], 0)) {
                largest[0] = flow;
              }
            });
    return largest[0];
  }
}
