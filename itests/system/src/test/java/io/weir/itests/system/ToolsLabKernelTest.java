package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What engineers try a network with, in a pod, over both families. */
@NeedsRoot
@ExtendWith(SharedLab.class)
class ToolsLabKernelTest {
  private static final String OUTSIDE4 = "203.0.113.10";
  private static final String OUTSIDE6 = "2001:db8::10";
  private static final long LIMIT_SECONDS = 30;

  private final Lab lab;

  ToolsLabKernelTest(Lab lab) {
    this.lab = lab;
  }

  @BeforeAll
  static void pods(Lab lab) {
    lab.apply(
        Yaml.namespace("tool")
            + Yaml.shell("tool", "client", "app: client")
            + Yaml.shell("tool", "target", "app: target")
            + Yaml.echo("tool", "server", "app: server"));
  }

  private String address(String pod, boolean six) {
    return lab.addresses("tool/" + pod).stream()
        .filter(address -> address.contains(":") == six)
        .findFirst()
        .orElseThrow();
  }

  private static String url(String address) {
    return address.contains(":") ? "http://[" + address + "]/" : "http://" + address + "/";
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_answer_curl(boolean six) {
    assertThat(lab.exec("tool/client", "curl", "-sS", "-m", "5", url(address("server", six))))
        .contains("\"client\": \"" + address("client", six) + "\"");
    assertThat(lab.exec("tool/client", "curl", "-sS", "-m", "5", url(six ? OUTSIDE6 : OUTSIDE4)))
        .contains("\"client\"");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_serve_wrk_without_an_error(boolean six) {
    String told = lab.exec("tool/client", "wrk", "-t1", "-c8", "-d1s", url(address("server", six)));
    assertThat(told).containsPattern("[1-9][0-9]* requests in").doesNotContain("Socket errors");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_carry_iperf3_both_ways(boolean six) throws Exception {
    Process server =
        Run.start(
            lab.environment(),
            List.of(Run.WEIR, "lab", "exec", "tool/target", "--", "iperf3", "-s", "--forceflush"));
    try {
      for (String direction : List.of("--parallel=2", "--reverse")) {
        String told = iperf3(address("target", six), direction);
        assertThat(told).containsPattern("receiver");
      }
    } finally {
      server.descendants().forEach(ProcessHandle::destroy);
      server.destroy();
    }
  }

  /** Until the server listens. */
  private String iperf3(String address, String direction) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (true) {
      Run.Ended ended = lab.tryExec("tool/client", "iperf3", "-c", address, "-t", "1", direction);
      if (ended.code() == 0) {
        return ended.out();
      }
      assertThat(System.nanoTime()).as(ended.told()).isLessThan(deadline);
    }
  }

  static Stream<String> targets() {
    return Stream.of("target 4", "target 6", "outside 4", "outside 6");
  }

  @ParameterizedTest
  @MethodSource("targets")
  void should_answer_pings_that_may_not_be_cut_up_to_the_mtu(String target) {
    boolean six = target.endsWith("6");
    String address =
        target.startsWith("target") ? address("target", six) : six ? OUTSIDE6 : OUTSIDE4;
    int most = 1500 - (six ? 48 : 28); // the headers of IP and ICMP
    assertThat(ping(address, most)).contains("1 received");
    Run.Ended larger =
        lab.tryExec(
            "tool/client", "ping", "-c1", "-W2", "-M", "do", "-s", "" + (most + 1), address);
    assertThat(larger.code()).isNotZero();
    assertThat(larger.told()).containsPattern("[Mm]essage too long");
  }

  private String ping(String address, int bytes) {
    return lab.exec("tool/client", "ping", "-c1", "-W5", "-M", "do", "-s", "" + bytes, address);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_show_traceroute_the_node_and_the_outside(boolean six) {
    String to = six ? OUTSIDE6 : OUTSIDE4;
    String told = lab.exec("tool/client", "traceroute", "-n", "-q1", "-w2", "-m8", to);
    List<String> hops = told.lines().skip(1).map(line -> line.strip().split("\\s+")[1]).toList();
    assertThat(hops).as(told).hasSizeGreaterThanOrEqualTo(2).endsWith(to).doesNotContain("*");
  }
}
