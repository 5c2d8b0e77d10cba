package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import io.weir.linux.AttachType;
import io.weir.linux.BpfLink;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real sockets of a pod, and real tools, through a router to a server that know nothing of pods,
 * with an MTU of 1300 between those two.
 */
@NeedsRoot
@NeedsKernel({"veth", "tcx", "cgroup2"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MasqueradeTrafficKernelTest {
  private static final String SERVER4 = OutsideNode.SERVER4;
  private static final String SERVER6 = OutsideNode.SERVER6;

  private final List<BpfLink> links = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  private OutsideNode outside;
  private TestNode node;
  private TestNetns router;
  private TestNetns server;
  private TestCgroup bare;
  private Talk talk;
  private Pod pod;

  @BeforeAll
  void open() {
    outside = new OutsideNode("masq-traffic");
    node = outside.node;
    router = outside.router;
    server = outside.server;
    pod = outside.pod;
    bare = TestCgroup.create("masq-bare");
    talk = new Talk();
    router.run("ip", "link", "set", "eth1", "mtu", "1300");
    server.run("ip", "link", "set", "eth0", "mtu", "1300");
    attach(pod.ifindex(), "from_pod", "to_pod");
    attach(outside.uplink.ifindex(), "from_uplink", "to_uplink");
    for (String kind : List.of("tcp", "udp")) {
      talk.serve(server, kind, SERVER4, 8080, "server");
      talk.serve(server, kind, SERVER6, 8080, "server");
    }
    processes.add(server.start("iperf3", "-s"));
  }

  private void attach(int ifindex, String ingress, String egress) {
    node.linux
        .namespaces()
        .call(
            node.netns.path(),
            () -> {
              for (AttachType type : List.of(AttachType.TCX_INGRESS, AttachType.TCX_EGRESS)) {
                String program = type == AttachType.TCX_INGRESS ? ingress : egress;
                links.add(
                    node.linux
                        .bpf()
                        .attachToInterface(node.kernel.program(program), ifindex, type));
              }
              return null;
            });
  }

  @AfterAll
  void close() {
    links.forEach(BpfLink::close);
    processes.forEach(
        process -> {
          process.destroyForcibly();
          process.onExit().join();
        });
    talk.close();
    bare.close();
    outside.close();
  }

  private String ask(String kind, String address, int port) {
    return talk.ask(bare.path(), pod.inside(), kind, address, String.valueOf(port));
  }

  @ParameterizedTest
  @CsvSource({"tcp, " + SERVER4, "tcp, " + SERVER6, "udp, " + SERVER4, "udp, " + SERVER6})
  void should_be_answered_by_who_knows_only_the_node(String kind, String address) {
    for (int i = 0; i < 3; i++) {
      assertThat(ask(kind, address, 8080)).startsWith("server").contains(address + " 8080");
    }
  }

  @ParameterizedTest
  @CsvSource({"tcp, " + SERVER4, "tcp, " + SERVER6, "udp, " + SERVER4, "udp, " + SERVER6})
  void should_hear_that_nobody_listens(String kind, String address) {
    assertThat(ask(kind, address, 9)).isEqualTo("errno 111");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_show_every_hop_to_traceroute(boolean six) {
    String to = six ? SERVER6 : SERVER4;
    for (String how : List.of("-I", "-U")) {
      String hops =
          pod.inside()
              .run("traceroute", six ? "-6" : "-4", how, "-n", "-q", "1", "-w", "2", "-m", "5", to);
      assertThat(hops.lines().skip(1).map(line -> line.strip().split("\\s+")[1]))
          .as(hops)
          .hasSize(3)
          .endsWith(six ? "fd30:1::1" : "172.30.1.1", to);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_learn_the_mtu_of_the_path(boolean six) {
    String hops =
        pod.inside()
            .run(
                "traceroute",
                six ? "-6" : "-4",
                "--mtu",
                "-n",
                "-q",
                "1",
                "-w",
                "2",
                "-m",
                "5",
                six ? SERVER6 : SERVER4);
    assertThat(hops).contains("F=1300").contains(six ? SERVER6 : SERVER4);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_carry_large_segments_through_a_smaller_uplink(boolean six) {
    node.netns.run("ip", "link", "set", "up1", "mtu", "1290");
    router.run("ip", "link", "set", "eth0", "mtu", "1290");
    try {
      String done =
          pod.inside()
              .run(
                  "iperf3",
                  "-c",
                  six ? SERVER6 : SERVER4,
                  "-n",
                  "20M",
                  "--connect-timeout",
                  "5000");
      assertThat(done).contains("iperf Done.");
    } finally {
      node.netns.run("ip", "link", "set", "up1", "mtu", "1500");
      router.run("ip", "link", "set", "eth0", "mtu", "1500");
    }
  }

  /** A pod that sends without asking for the path's MTU has its packets cut by the node's stack. */
  @Test
  void should_masquerade_what_the_stack_has_cut() {
    pod.inside().run("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_no_pmtu_disc");
    node.netns.run("ip", "link", "set", "up1", "mtu", "1290");
    router.run("ip", "link", "set", "eth0", "mtu", "1290");
    try {
      String done =
          pod.inside()
              .run("iperf3", "-u", "-l", "1400", "-b", "20M", "-n", "1M", "-c", SERVER4, "-J");
      Matcher received =
          Pattern.compile("\"sum_received\":\\s*\\{[^}]*\"packets\":\\s*(\\d+)").matcher(done);
      assertThat(received.find()).as(done).isTrue();
      assertThat(Integer.parseInt(received.group(1))).as(done).isGreaterThan(700);
    } finally {
      pod.inside().run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_no_pmtu_disc");
      node.netns.run("ip", "link", "set", "up1", "mtu", "1500");
      router.run("ip", "link", "set", "eth0", "mtu", "1500");
    }
  }
}
