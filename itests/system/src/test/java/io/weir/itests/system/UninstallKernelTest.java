package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node with a pod, by an engine in a namespace of the test's, which is left as it was. */
@NeedsRoot
class UninstallKernelTest {
  private static final String CNI =
      """
      {"cniVersion": "1.0.0", "name": "weir", "type": "weir-cni", "node": "%s"}""";

  private final TestNetns netns = TestNetns.create("uninstall");
  private final TestNetns router = TestNetns.create("router");
  private final TestNetns pod = TestNetns.create("pod");
  private final TestCgroup cgroup = TestCgroup.create("uninstall");
  private final String node = netns.name();
  private final Path base = Path.of("/var/lib/weir", node);

  @BeforeEach
  void wire() {
    netns.veth("eth0", router, "eth0");
    netns.address("eth0", "172.30.1.11/24");
    netns.address("eth0", "fd30:1::11/64");
    netns.run("ip", "route", "add", "default", "via", "172.30.1.1");
    netns.run("ip", "-6", "route", "add", "default", "via", "fd30:1::1");
  }

  @AfterEach
  void close() {
    weir("uninstall", "--yes");
    weir("stop");
    Commands.run("rm", "-rf", base.toString(), "/run/weir/" + node);
    for (TestNetns each : List.of(pod, router, netns)) {
      each.close();
    }
    cgroup.close();
  }

  private Run.Ended weir(String... words) {
    return inside(Map.of("WEIR_NODE", node), "", Run.WEIR, words);
  }

  private Run.Ended inside(
      Map<String, String> environment, String input, String program, String... words) {
    List<String> all = new ArrayList<>(List.of("nsenter", "--net=" + netns.path(), program));
    all.addAll(Arrays.asList(words));
    return Run.run(environment, input, all);
  }

  /** All of the node that an engine has to do with. */
  private Map<String, String> snapshot() {
    Map<String, String> found = new LinkedHashMap<>();
    for (String command :
        List.of(
            "ip -o -d link",
            "ip -o address",
            "ip route show table all",
            "ip -6 route show table all",
            "ip rule",
            "ip -6 rule",
            "ip neighbour show nud permanent",
            "nft list ruleset",
            "tc qdisc",
            "tc filter show dev eth0 ingress; tc filter show dev eth0 egress",
            "grep -rH . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf"
                + " /proc/sys/net/ipv6/conf | grep -v stable_secret | sort",
            "ls /sys/fs/bpf/weir 2>/dev/null | grep " + node,
            "bpftool net show dev eth0")) {
      found.put(command, netns.tryRun("sh", "-c", command + " 2>/dev/null").out());
    }
    found.put(
        "cgroup programs",
        Commands.run("sh", "-c", "bpftool cgroup tree 2>/dev/null | awk '{print $2, $4}'; true"));
    return found;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void should_leave_the_node_as_it_was_and_say_what_stays(boolean tcx) throws IOException {
    Path settings = Files.createDirectories(base.resolve("etc")).resolve("io.weir.cfg");
    Files.writeString(settings, "enable-tcx = " + tcx + "\ncgroup-root = " + cgroup.path() + "\n");
    Map<String, String> before = snapshot();
    Run.Ended started = weir("start");
    assertThat(started.code()).as(started.told()).isZero();
    Map<String, String> cni =
        Map.of(
            "CNI_COMMAND", "ADD",
            "CNI_CONTAINERID", "c1",
            "CNI_NETNS", pod.path().toString(),
            "CNI_IFNAME", "eth0",
            "CNI_PATH", Run.HOME.resolve("bin").toString(),
            "CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web");
    Run.Ended added = inside(cni, CNI.formatted(node), Run.HOME.resolve("bin/weir-cni").toString());
    assertThat(added.code()).as(added.told()).isZero();
    assertThat(snapshot()).isNotEqualTo(before);

    Run.Ended ended = weir("uninstall", "--yes");

    assertThat(ended.code()).as(ended.told()).isZero();
    Map<String, String> after = snapshot();
    if (tcx) {
      assertThat(ended.out()).doesNotContain("clsact");
    } else {
      assertThat(ended.out()).contains("the empty qdisc clsact of ifindex").contains("left");
      netns.run("tc", "qdisc", "del", "dev", "eth0", "clsact");
      after = snapshot();
    }
    assertThat(after).isEqualTo(before);
    assertThat(pod.tryRun("ip", "link", "show", "eth0").code()).isNotZero();
  }
}
