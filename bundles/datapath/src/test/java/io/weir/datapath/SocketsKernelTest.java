package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Packet;
import io.weir.linux.AttachType;
import io.weir.linux.BpfLink;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Services at the socket: real processes in a cgroup that has the programs. Two backends listen on
 * loopback of the node's namespace; nobody has the service's address.
 */
@NeedsRoot
@NeedsKernel({"veth", "cgroup2"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SocketsKernelTest {
  private static final String VIP4 = "10.96.0.1";
  private static final String VIP6 = "fd10:96::1";
  private static final String REFUSED = "errno 111";

  private final List<BpfLink> links = new ArrayList<>();
  private TestNode node;
  private TestCgroup cgroup;
  private TestNetns foreign;
  private Talk talk;

  @BeforeAll
  void open() {
    node = new TestNode("sockets");
    cgroup = TestCgroup.create("sockets");
    foreign = TestNetns.create("foreign");
    talk = new Talk();
    for (String name : node.kernel.socketPrograms()) {
      links.add(
          node.linux
              .bpf()
              .attachToCgroup(
                  node.kernel.program(name),
                  cgroup.path(),
                  AttachType.of(node.kernel.attachType(name)).orElseThrow()));
    }
    // Without a route the kernel would refuse what is left untranslated by another error.
    node.netns.run("ip", "route", "add", "unreachable", "10.96.0.0/12");
    for (String kind : List.of("tcp", "udp")) {
      talk.serve(node.netns, kind, "127.0.0.1", 8001, "one");
      talk.serve(node.netns, kind, "127.0.0.1", 8002, "two");
      talk.serve(node.netns, kind, "::1", 8001, "one");
      talk.serve(node.netns, kind, "::1", 8002, "two");
      talk.serve(foreign, kind, "127.0.0.1", 8003, "foreign");
    }
  }

  @AfterAll
  void close() {
    links.forEach(BpfLink::close);
    talk.close();
    foreign.close();
    cgroup.close();
    node.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
    services(8001);
  }

  /** Both families, TCP and UDP: port 80 leads to these ports of loopback. */
  private void services(int... ports) {
    int number = 1;
    for (int protocol : new int[] {Packet.TCP, Packet.UDP}) {
      for (boolean six : new boolean[] {false, true}) {
        List<Backend> backends = new ArrayList<>();
        for (int port : ports) {
          backends.add(new Backend(Address.parse(six ? "::1" : "127.0.0.1"), port, ""));
        }
        node.frontend(number++, six ? VIP6 : VIP4, 80, protocol, backends.toArray(Backend[]::new));
      }
    }
    node.put();
  }

  private String ask(String... words) {
    return talk.ask(cgroup.path(), node.netns, words);
  }

  /**
   * A way to ask a service.
   *
   * @param words of the client, without the port
   * @param answer who answers, and who is said to
   */
  record Way(String words, String answer) {
    String[] with(int port) {
      return (words + " " + port).split(" ");
    }
  }

  static Stream<Way> ways() {
    return Stream.of(
        new Way("tcp 10.96.0.1", "one peer 10.96.0.1 80"),
        new Way("tcp fd10:96::1", "one peer fd10:96::1 80"),
        new Way("six tcp 10.96.0.1", "one peer ::ffff:10.96.0.1 80"),
        new Way("udp 10.96.0.1", "one from 10.96.0.1 80 peer 10.96.0.1 80"),
        new Way("udp fd10:96::1", "one from fd10:96::1 80 peer fd10:96::1 80"),
        new Way("six udp 10.96.0.1", "one from ::ffff:10.96.0.1 80 peer ::ffff:10.96.0.1 80"),
        new Way("datagram 10.96.0.1", "one from 10.96.0.1 80"),
        new Way("datagram fd10:96::1", "one from fd10:96::1 80"),
        new Way("six datagram 10.96.0.1", "one from ::ffff:10.96.0.1 80"));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void should_lead_sockets_to_a_backend_and_say_it_was_the_service(Way way) {
    assertThat(ask(way.with(80))).isEqualTo(way.answer());
  }

  @ParameterizedTest
  @MethodSource("ways")
  void should_refuse_at_once_without_a_backend(Way way) {
    services();
    assertThat(ask(way.with(80))).isEqualTo(REFUSED);
    // A client that had to wait would have said EAGAIN after its own time-out.
  }

  @ParameterizedTest
  @MethodSource("ways")
  void should_not_lead_new_connections_to_a_backend_that_went(Way way) {
    ask(way.with(80));
    services(8002);
    for (int i = 0; i < 5; i++) {
      assertThat(ask(way.with(80))).startsWith("two ");
    }
  }

  @Test
  void should_use_all_backends() {
    services(8001, 8002);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      names.add(ask("tcp", VIP4, "80").split(" ")[0]);
    }
    assertThat(names).contains("one", "two");
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP4, VIP6})
  void should_stay_with_a_backend_until_it_goes(String address) {
    services(8001, 8002);
    try (Talk.Client client =
        talk.start(cgroup.path(), node.netns, "datagram", address, "80", "100")) {
      String first = client.line().split(" ")[0];
      for (int i = 0; i < 20; i++) {
        assertThat(client.again()).startsWith(first + " from " + address);
      }
      services(first.equals("one") ? 8002 : 8001);
      assertThat(client.again())
          .isEqualTo("%s from %s 80".formatted(first.equals("one") ? "two" : "one", address));
      services();
      assertThat(client.again()).isEqualTo(REFUSED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "udp", "datagram"})
  void should_leave_alone_what_is_no_service(String kind) {
    assertThat(ask(kind, "127.0.0.1", "8002")).startsWith("two").doesNotContain(VIP4);
    assertThat(ask(kind, VIP4, "81")).startsWith("errno").isNotEqualTo(REFUSED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "udp", "datagram"})
  void should_leave_sockets_of_other_namespaces_alone(String kind) {
    node.frontend(50, "127.0.0.1", 8003, Packet.TCP);
    node.frontend(51, "127.0.0.1", 8003, Packet.UDP);
    node.put();
    assertThat(ask(kind, "127.0.0.1", "8003")).isEqualTo(REFUSED);
    assertThat(talk.ask(cgroup.path(), foreign, kind, "127.0.0.1", "8003")).startsWith("foreign");
  }

  @Test
  void should_count_translations() {
    long before = translations();
    ask("tcp", VIP4, "80");
    ask("tcp", "127.0.0.1", "8002");
    assertThat(translations() - before).isEqualTo(1);
  }

  private long translations() {
    java.nio.ByteBuffer values =
        java.nio.ByteBuffer.wrap(
                node.kernel
                    .map("counters")
                    .lookup(Revisions.word(io.weir.datapath.abi.Abi.COUNTER_SOCKETS))
                    .orElseThrow())
            .order(java.nio.ByteOrder.nativeOrder());
    long sum = 0;
    while (values.remaining() >= 8) {
      sum += values.getLong();
    }
    return sum;
  }
}
