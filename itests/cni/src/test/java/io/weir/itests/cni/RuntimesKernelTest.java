package io.weir.itests.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugin, called by those for whom it is made. */
@NeedsRoot
@NeedsKernel("veth")
class RuntimesKernelTest {
  private final TestNode node = new TestNode();

  @TempDir Path work;

  @BeforeEach
  void network() throws IOException {
    Files.createDirectories(work.resolve("net.d"));
    Files.writeString(
        work.resolve("net.d/10-weir.conflist"),
        "{\"cniVersion\":\"1.0.0\",\"name\":\"weir\",\"plugins\":[{\"type\":\"weir-cni\",\"node\":\"%s\"}]}"
            .formatted(node.name));
  }

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void should_serve_cnitool() throws Exception {
    Path tools = Path.of("target/bin").toAbsolutePath();
    Process build = new ProcessBuilder("./cnitool", tools.toString()).inheritIO().start();
    assertThat(build.waitFor(5, TimeUnit.MINUTES) && build.exitValue() == 0).isTrue();
    Files.createDirectories(work.resolve("cache"));
    try (TestNetns pod = node.pod()) {
      assertThat(cnitool(tools, "add", pod))
          .contains("\"cniVersion\": \"1.0.0\"", "\"address\": \"10.0.0.2/32\"", "fd00:10::2/128");
      pod.run("busybox", "ping", "-c", "1", "-W", "2", "192.0.2.2");
      cnitool(tools, "check", pod);
      pod.run("ip", "link", "set", "eth0", "mtu", "1280");
      assertThat(tryCnitool(tools, "check", pod).err())
          .contains("inside: eth0: expected MTU 1500, as on the node's end, got 1280");
      cnitool(tools, "del", pod);
      cnitool(tools, "del", pod);
      assertThat(node.hostInterfaces()).isEmpty();
    }
  }

  @Test
  void should_connect_a_container_of_podman() throws Exception {
    Path image = work.resolve("image.tar");
    Commands.run("tar", "-C", "/", "-cf", image.toString(), "bin/busybox");
    Files.writeString(
        work.resolve("containers.conf"),
        """
        [network]
        network_backend = "cni"
        network_config_dir = "%s"
        cni_plugin_dirs = ["%s"]
        [engine]
        cgroup_manager = "cgroupfs"
        events_logger = "none"
        lock_type = "file"
        """
            .formatted(work.resolve("net.d"), TestNode.PLUGIN.getParent()));
    Files.writeString(
        work.resolve("storage.conf"),
        """
        [storage]
        driver = "vfs"
        runroot = "%s"
        graphroot = "%s"
        """
            .formatted(work.resolve("run"), work.resolve("store")));
    podman("import", image.toString(), "weir-busybox");
    podman(
        "run",
        "--detach",
        "--name",
        "web",
        "--network",
        "weir",
        "--cgroups",
        "disabled",
        "--ulimit",
        "nofile=1024:1024",
        "--ulimit",
        "nproc=1024:1024",
        "weir-busybox",
        "/bin/busybox",
        "sleep",
        "1000");
    try {
      assertThat(node.engine.endpoints())
          .extracting(endpoint -> endpoint.pod())
          .containsExactly("web");
      assertThat(
              podman("inspect", "--format", "{{.NetworkSettings.Networks.weir.IPAddress}}", "web"))
          .isEqualTo("10.0.0.2\n");
      for (String peer : new String[] {"10.0.0.1", "192.0.2.2", "2001:db8::2"}) {
        podman("exec", "web", "/bin/busybox", "ping", "-c", "1", "-W", "2", peer);
      }
      node.netns.run("busybox", "ping", "-c", "1", "-W", "2", "10.0.0.2");

      podman("restart", "--time", "0", "web");
      podman("exec", "web", "/bin/busybox", "ping", "-c", "1", "-W", "2", "192.0.2.2");
    } finally {
      podman("rm", "--force", "--time", "0", "web");
      awaitCleanup();
    }
    assertThat(node.hostInterfaces()).isEmpty();
    assertThat(node.engine.leases()).isEmpty();
  }

  /** Who watched the container has podman clean up once more, below a directory that is to go. */
  private void awaitCleanup() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (Commands.tryRun("pgrep", "-f", work.toString()).code() == 0) {
      assertThat(System.nanoTime()).as("podman's cleanup").isLessThan(deadline);
    }
  }

  private String cnitool(Path tools, String verb, TestNetns pod) {
    Commands.Result result = tryCnitool(tools, verb, pod);
    assertThat(result.code()).as("%s", result).isZero();
    return result.out();
  }

  /** What it remembers of results is kept with the test. */
  private Commands.Result tryCnitool(Path tools, String verb, TestNetns pod) {
    return Commands.tryRun(
        "unshare",
        "--mount",
        "sh",
        "-ec",
        "mount -t tmpfs none /var/lib; mkdir /var/lib/cni; mount --bind \"$0\" /var/lib/cni; exec \"$@\"",
        work.resolve("cache").toString(),
        "env",
        "CNI_PATH=" + TestNode.PLUGIN.getParent(),
        "NETCONFPATH=" + work.resolve("net.d"),
        tools.resolve("cnitool").toString(),
        verb,
        "weir",
        pod.path().toString());
  }

  /**
   * Where cgroups are of both versions, crun gives up: it is shown the second one alone. What
   * podman mounts below /run stays visible to the engine.
   */
  private String podman(String... words) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "--propagation=unchanged",
                "sh",
                "-ec",
                "mount --make-rprivate /sys; mount --rbind \"$0\" /sys/fs/cgroup; exec \"$@\"",
                TestCgroup.mount().toString(),
                "env",
                "CONTAINERS_CONF=" + work.resolve("containers.conf"),
                "CONTAINERS_STORAGE_CONF=" + work.resolve("storage.conf"),
                "podman",
                "--tmpdir=" + work.resolve("tmp")));
    command.addAll(List.of(words));
    return Commands.run(command.toArray(String[]::new));
  }
}
