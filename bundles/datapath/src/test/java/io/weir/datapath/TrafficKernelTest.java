package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Packet;
import io.weir.linux.AttachType;
import io.weir.linux.BpfLink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The programs attached, and real sockets in real pods: what test-runs cannot show, as that answers
 * and redirected packets arrive, with checksums that the kernel leaves to its devices.
 */
@NeedsRoot
@NeedsKernel({"veth", "tcx", "cgroup2"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrafficKernelTest {
  private static final String VIP4 = "10.96.0.1";
  private static final String VIP6 = "fd10:96::1";

  private final List<BpfLink> links = new ArrayList<>();
  private TestNode node;
  private Wires wires;
  private TestCgroup bare;
  private TestCgroup hooked;
  private Talk talk;
  private Pod a;
  private Pod b;

  @BeforeAll
  void open() {
    node = new TestNode("traffic");
    a = node.pod(1, 1001);
    b = node.pod(2, 1002);
    bare = TestCgroup.create("bare");
    hooked = TestCgroup.create("hooked");
    talk = new Talk();
    node.put();
    wires = new Wires(node);
    wires.connect(a);
    wires.connect(b);
    attach();
    for (Pod pod : List.of(a, b)) {
      for (String kind : List.of("tcp", "udp")) {
        for (boolean six : new boolean[] {false, true}) {
          talk.serve(
              pod.inside(), kind, pod.party().address(six).toString(), 8080, pod.party().name());
        }
      }
    }
    for (String kind : List.of("tcp", "udp")) {
      talk.serve(node.netns, kind, node.host.address4().toString(), 8080, "host");
      talk.serve(node.netns, kind, node.host.address6().toString(), 8080, "host");
    }
  }

  private void attach() {
    for (String name : node.kernel.socketPrograms()) {
      links.add(
          node.linux
              .bpf()
              .attachToCgroup(
                  node.kernel.program(name),
                  hooked.path(),
                  AttachType.of(node.kernel.attachType(name)).orElseThrow()));
    }
  }

  @AfterAll
  void close() {
    wires.close();
    links.forEach(BpfLink::close);
    talk.close();
    bare.close();
    hooked.close();
    node.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
    int number = 1;
    for (boolean six : new boolean[] {false, true}) {
      for (int protocol : new int[] {Packet.TCP, Packet.UDP}) {
        node.frontend(number++, six ? VIP6 : VIP4, 80, protocol, node.backend(b, six, 8080));
        node.frontend(number++, six ? VIP6 : VIP4, 81, protocol);
      }
    }
    node.put();
    node.told();
  }

  private String ask(TestNetns from, String kind, String address, int port) {
    return talk.ask(bare.path(), from, kind, address, String.valueOf(port));
  }

  private List<String> told() {
    return node.told().stream()
        .map(Told::toString)
        .map(text -> text.replaceAll(":\\d{5} ", ":P "))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"tcp, false", "tcp, true", "udp, false", "udp, true"})
  void should_connect_pods(String kind, boolean six) {
    assertThat(ask(a.inside(), kind, b.party().address(six).toString(), 8080)).startsWith("pod2");
    assertThat(told().get(0))
        .startsWith("opened " + a.party().address(six))
        .endsWith("> " + b.party().address(six) + ":8080");
  }

  @ParameterizedTest
  @CsvSource({"tcp, false", "tcp, true", "udp, false", "udp, true"})
  void should_connect_pods_and_their_host(String kind, boolean six) {
    assertThat(ask(a.inside(), kind, node.host.address(six).toString(), 8080)).startsWith("host");
    assertThat(ask(node.netns, kind, a.party().address(six).toString(), 8080)).startsWith("pod1");
  }

  @ParameterizedTest
  @CsvSource({"tcp, false", "udp, true"})
  void should_keep_out_what_policy_forbids(String kind, boolean six) {
    node.policy(
        node.isolated(
            b, Direction.INGRESS, Map.of(1001, List.of(TestNode.allow(Packet.TCP, 81, 1)))));
    node.put();
    assertThat(ask(a.inside(), kind, b.party().address(six).toString(), 8080)).startsWith("errno");
    assertThat(told()).first().asString().startsWith("dropped 133 ");
    assertThat(ask(node.netns, kind, b.party().address(six).toString(), 8080)).startsWith("pod2");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_pass_errors_to_the_socket_that_caused_them(boolean six) {
    assertThat(ask(a.inside(), "udp", b.party().address(six).toString(), 9))
        .as("port unreachable, by the other pod")
        .isEqualTo("errno 111");
    assertThat(ask(a.inside(), "tcp", b.party().address(six).toString(), 9)).isEqualTo("errno 111");
  }

  /** In a cgroup without hooks the packets themselves are translated, as they leave the pod. */
  @ParameterizedTest
  @CsvSource({
    "tcp, " + VIP4,
    "tcp, " + VIP6,
    "udp, " + VIP4,
    "udp, " + VIP6,
    "datagram, " + VIP4,
    "datagram, " + VIP6
  })
  void should_translate_packets_that_bypass_the_socket_hooks(String kind, String address) {
    assertThat(ask(a.inside(), kind, address, 80)).startsWith("pod2");
    if (!kind.equals("tcp")) {
      assertThat(ask(a.inside(), kind, address, 80)).contains(" from " + address + " 80");
    }
  }

  @ParameterizedTest
  @CsvSource({"tcp, " + VIP4, "tcp, " + VIP6, "udp, " + VIP4, "udp, " + VIP6})
  void should_refuse_packets_to_a_service_without_backends(String kind, String address) {
    assertThat(ask(a.inside(), kind, address, 81)).isEqualTo("errno 111");
    assertThat(told()).first().asString().startsWith("dropped 158 ");
  }

  @ParameterizedTest
  @CsvSource({"tcp, " + VIP4, "tcp, " + VIP6, "udp, " + VIP4, "udp, " + VIP6})
  void should_lead_a_pod_to_itself_by_its_service(String kind, String address) {
    assertThat(ask(b.inside(), kind, address, 80)).startsWith("pod2");
  }

  @ParameterizedTest
  @CsvSource({"tcp, " + VIP4, "tcp, " + VIP6, "datagram, " + VIP4, "datagram, " + VIP6})
  void should_name_the_service_that_the_socket_asked_for(String kind, String address) {
    String answer = talk.ask(hooked.path(), a.inside(), kind, address, "80");
    assertThat(answer).startsWith("pod2").contains(address + " 80");
    Told opened = node.told().get(0);
    assertThat(opened.type()).isEqualTo(Abi.EVENT_OPENED);
    assertThat(opened.destinationPort()).isEqualTo(8080);
    assertThat(opened.has(Abi.EVENT_TRANSLATED)).isFalse();
    assertThat(opened.service()).isIn(1, 3, 5, 7);
  }

  @Test
  void should_tell_the_whole_of_a_connection() {
    assertThat(ask(a.inside(), "tcp", b.party().address4().toString(), 8080)).startsWith("pod2");
    List<String> told = new ArrayList<>(told());
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    while (told.size() < 4 && Instant.now().isBefore(deadline)) { // the last packets are under way
      told.addAll(told());
      Thread.onSpinWait();
    }
    assertThat(told.get(0)).isEqualTo("opened 10.0.0.1:P > 10.0.0.2:8080");
    assertThat(told.get(1)).startsWith("first reply 10.0.0.2:8080 > 10.0.0.1:");
    assertThat(told.subList(2, told.size())) // whose end comes last is told first
        .hasSize(2)
        .anySatisfy(text -> assertThat(text).startsWith("closed 10.0.0.1:P > 10.0.0.2:8080"))
        .anySatisfy(text -> assertThat(text).startsWith("closed 10.0.0.2:8080 > 10.0.0.1:P"));
  }
}
