package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.DropKeyLayout;
import io.weir.datapath.abi.DropLimitLayout;
import io.weir.datapath.abi.DropsLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.linux.AttachType;
import io.weir.linux.BpfLink;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many drops are told, and that each is accounted for: told, suppressed, or lost. */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DropEventsKernelTest {
  /** Of a clock so fast that no credit comes back while a test runs. */
  private static final int FAST = 2_000_000;

  private static final int FLOOD = 5_000;

  private TestNode node;
  private Pod a;
  private Pod b;
  private Pod c;
  private Account before;
  private long droppedBefore;

  /** What became of drops so far. */
  private record Account(long dropped, long suppressed, long lost) {
    Account since(Account other) {
      return new Account(dropped - other.dropped, suppressed - other.suppressed, lost - other.lost);
    }
  }

  @BeforeAll
  void open() {
    node = new TestNode("drops");
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
    c = node.pod(3, 1003);
  }

  @AfterAll
  void close() {
    node.close();
  }

  /** Nobody may ask b. */
  @BeforeEach
  void reset() {
    node.reset();
    node.kernel.clear("drop_limits");
    node.policy(node.isolated(b, Direction.INGRESS, Map.of()));
    node.put();
    node.told();
    before = account();
    droppedBefore = 0;
    droppedBefore = dropped(Abi.REASON_POLICY_DENIED);
  }

  private void limit(int events, int ticks) {
    node.times(new FlowTimes(ticks, 0, Collections.nCopies(Abi.FLOW_STATES, 1), events));
    node.put();
  }

  private static Packet denied(Pod from, Pod to) {
    return Packet.tcp(from.party(), 40000, to.party(), 80, false, SYN);
  }

  private void flood(Pod from, Packet packet, int count) {
    node.run("from_pod", from.ifindex(), packet.bytes(), count);
  }

  private Account account() {
    long[] sums = new long[2];
    node.kernel
        .map("drops")
        .forEach(
            (key, cpus) -> {
              for (int at = 0; at < cpus.length; at += DropsLayout.SIZE) {
                sums[0] += DropsLayout.packets(cpus, at);
                sums[1] += DropsLayout.suppressed(cpus, at);
              }
            });
    byte[] lost =
        node.kernel.map("counters").lookup(Revisions.word(Abi.COUNTER_EVENTS_LOST)).orElseThrow();
    ByteBuffer cpus = ByteBuffer.wrap(lost).order(ByteOrder.nativeOrder());
    long sum = 0;
    while (cpus.hasRemaining()) {
      sum += cpus.getLong();
    }
    return new Account(sums[0], sums[1], sum);
  }

  @ParameterizedTest
  @CsvSource({"50, 100, 50", "1000, 100, 100", "1000, 0, 0"})
  void should_account_for_each_drop(int sent, int limit, int told) {
    limit(limit, FAST);
    flood(a, denied(a, b), sent);
    assertThat(account().since(before)).isEqualTo(new Account(sent, sent - told, 0));
    assertThat(node.told()).hasSize(told);
  }

  @Test
  void should_account_for_each_drop_where_the_ring_is_full_too() {
    int sent = 200_000;
    limit(sent / 2, FAST / 100);
    flood(a, denied(a, b), sent);
    Account account = account().since(before);
    assertThat(account.dropped()).isEqualTo(sent);
    assertThat(account.suppressed()).isPositive().isLessThanOrEqualTo(sent / 2);
    assertThat(account.lost()).as("the ring holds fewer").isPositive();
    assertThat(node.told().size() + account.suppressed() + account.lost()).isEqualTo(sent);
  }

  @Test
  void should_limit_each_pod_and_reason_by_itself() {
    limit(10, FAST);
    flood(a, denied(a, b), 500);
    flood(c, denied(c, b), 5);
    Packet forged =
        Packet.tcp(a.party(), 1, c.party(), 80, false, SYN).source(b.party().address4());
    flood(a, forged, 20);
    List<Told> told = node.told();
    assertThat(told.stream().filter(event -> event.sourceIdentity() == 1003)).hasSize(5);
    assertThat(told.stream().filter(event -> event.reason() == Abi.REASON_POLICY_DENIED))
        .hasSize(15);
    assertThat(told.stream().filter(event -> event.reason() == Abi.REASON_INVALID_SOURCE_IP))
        .hasSize(10)
        .allSatisfy(
            event -> {
              assertThat(event.has(Abi.EVENT_BY_ENDPOINT)).isTrue();
              assertThat(event.service()).as("the pod that forges").isEqualTo(a.id());
            });
    assertThat(suppressed())
        .isEqualTo(
            Map.of(
                a.ifindex() + " " + Abi.REASON_POLICY_DENIED, 490L,
                a.ifindex() + " " + Abi.REASON_INVALID_SOURCE_IP, 10L));
  }

  private Map<String, Long> suppressed() {
    Map<String, Long> suppressed = new HashMap<>();
    node.kernel
        .map("drop_limits")
        .forEach(
            (key, limit) -> {
              long count = DropLimitLayout.suppressed(limit, 0);
              if (count != 0) {
                suppressed.put(
                    DropKeyLayout.ifindex(key, 0) + " " + DropKeyLayout.reason(key, 0), count);
              }
            });
    return suppressed;
  }

  @Test
  void should_tell_again_after_a_while_and_obey_the_setting_at_once() {
    limit(1, FAST);
    flood(a, denied(a, b), 10);
    assertThat(node.told()).hasSize(1);
    limit(1, 1); // of a clock that turns once a jiffy
    int told = 0;
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    while (told < 3 && Instant.now().isBefore(deadline)) {
      flood(a, denied(a, b), 1);
      told += node.told().size();
    }
    assertThat(told).isEqualTo(3);
    limit(0, 1);
    flood(a, denied(a, b), 10);
    assertThat(node.told()).isEmpty();
  }

  @Test
  void should_tell_nothing_longer_than_64_bytes() {
    node.policy(node.open(b, Direction.INGRESS));
    node.times(FlowTimes.alike(1, 1, 1_000_000));
    node.put();
    List<Told> told = new ArrayList<>();
    for (boolean six : new boolean[] {false, true}) {
      told.addAll(tell(a, Packet.tcp(a.party(), 1, b.party(), 80, six, SYN)));
      told.addAll(tell(b, Packet.tcp(b.party(), 80, a.party(), 1, six, SYN | ACK)));
      Packet more = Packet.tcp(a.party(), 1, b.party(), 80, six, ACK);
      Instant deadline = Instant.now().plus(Duration.ofSeconds(10));
      List<Told> counters = tell(a, more);
      while (counters.isEmpty()) { // until the kernel's clock has gone on
        assertThat(Instant.now()).as("counters").isBefore(deadline);
        counters = tell(a, more);
      }
      told.addAll(counters);
      told.addAll(tell(a, Packet.tcp(a.party(), 1, b.party(), 80, six, Packet.FIN | ACK)));
      told.addAll(tell(b, Packet.tcp(b.party(), 80, a.party(), 1, six, Packet.FIN | ACK)));
      told.addAll(tell(a, Packet.udp(c.party(), 1, b.party(), 80, six)));
    }
    told.addAll(node.told());
    assertThat(told.stream().map(Told::type).distinct()).hasSizeGreaterThan(4);
    assertThat(told)
        .allSatisfy(
            event ->
                assertThat(event.length())
                    .isEqualTo(event.has(Abi.EVENT_IPV6) ? Abi.EVENT_LENGTH : 40));
  }

  private List<Told> tell(Pod from, Packet packet) {
    return node.fromPod(from, packet).told();
  }

  @Test
  void should_account_for_each_packet_of_a_real_flood() throws Exception {
    a.inside().address("eth0", a.party().address4() + "/32");
    a.inside().run("ip", "route", "add", node.host.address4().toString(), "dev", "eth0");
    a.inside()
        .run(
            "ip", "route", "add", "default", "via", node.host.address4().toString(), "dev", "eth0");
    limit(500, FAST);
    try (BpfLink link =
        node.linux
            .namespaces()
            .call(
                node.netns.path(),
                () ->
                    node.linux
                        .bpf()
                        .attachToInterface(
                            node.kernel.program("from_pod"),
                            a.ifindex(),
                            AttachType.TCX_INGRESS))) {
      node.linux
          .namespaces()
          .call(
              a.inside().path(),
              () -> {
                send();
                return null;
              });
      List<Told> told =
          node.told().stream().filter(event -> event.reason() == Abi.REASON_POLICY_DENIED).toList();
      Account account = account().since(before);
      long others = account.dropped() - dropped(Abi.REASON_POLICY_DENIED);
      assertThat(dropped(Abi.REASON_POLICY_DENIED)).isEqualTo(FLOOD);
      assertThat(told).hasSize(500);
      assertThat(told.size() + account.suppressed() + account.lost())
          .as("but for %d of other reasons", others)
          .isEqualTo(FLOOD);
    }
  }

  /** In steps that no queue is too short for: what a queue drops never reaches the program. */
  private void send() throws Exception {
    try (DatagramSocket socket = new DatagramSocket()) {
      InetAddress to = InetAddress.getByAddress(b.party().address4().bytes());
      Instant deadline = Instant.now().plus(Duration.ofSeconds(60));
      for (int sent = 0; sent < FLOOD; ) {
        for (int i = 0; i < 50; i++, sent++) {
          socket.send(new DatagramPacket(new byte[16], 16, to, 80));
        }
        while (dropped(Abi.REASON_POLICY_DENIED) < sent) {
          assertThat(Instant.now()).isBefore(deadline);
          Thread.onSpinWait();
        }
      }
    }
  }

  private long dropped(int reason) {
    long sum = -droppedBefore;
    for (int place : new int[] {2 * reason, 2 * reason + 1}) {
      byte[] cpus = node.kernel.map("drops").lookup(Revisions.word(place)).orElseThrow();
      for (int at = 0; at < cpus.length; at += DropsLayout.SIZE) {
        sum += DropsLayout.packets(cpus, at);
      }
    }
    return sum;
  }
}
