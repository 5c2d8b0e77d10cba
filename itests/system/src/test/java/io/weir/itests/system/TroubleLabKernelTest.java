package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What a node needs from its machine is taken away while it runs: each time there is a sentence,
 * what was in force stays so, and all goes on once it is back.
 */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TroubleLabKernelTest {
  private static final String NO_ROOM = "No space left on device; make room on the disk";

  private final Lab lab = new Lab("trouble");
  private Path base;
  private Path mounted;
  private String url;

  @BeforeAll
  void up() {
    lab.up();
    base = Path.of("/var/lib/weir", lab.engine());
    lab.apply(
        Yaml.echo("default", "server", "app: server")
            + Yaml.shell("default", "client", "app: client")
            + Yaml.shell("default", "stranger", "app: stranger")
            + Yaml.ingress("default", "only-client", "app: server", "app: client"));
    url = "http://" + lab.addresses("default/server").get(0) + "/";
  }

  @AfterEach
  void unmount() {
    if (mounted != null) {
      Commands.run("umount", mounted.toString());
      mounted = null;
    }
  }

  @AfterAll
  void down() {
    lab.close();
  }

  private void assertInForce() {
    assertThat(lab.reaches("client", url)).isTrue();
    assertThat(lab.reaches("stranger", url)).isFalse();
  }

  /** A disk of its own for a directory of the node, with no room on it. */
  private void fill(String directory) throws IOException {
    mounted = base.resolve(directory);
    Path copy = Files.createTempDirectory("trouble");
    Commands.run("cp", "-a", mounted + "/.", copy.toString());
    Commands.run("mount", "-t", "tmpfs", "-o", "size=128k,mode=700", "tmpfs", mounted.toString());
    Commands.run("cp", "-a", copy + "/.", mounted.toString());
    Commands.run("rm", "-r", copy.toString());
    Commands.run(
        "sh",
        "-c",
        "dd if=/dev/zero of=" + mounted.resolve("fill") + " bs=4k 2>&1 | grep 'No space'");
  }

  private void makeReadOnly(String directory) {
    mounted = base.resolve(directory);
    Commands.run("mount", "--bind", mounted.toString(), mounted.toString());
    Commands.run("mount", "-o", "remount,ro,bind", mounted.toString());
  }

  @Test
  void should_refuse_pods_and_services_while_the_disk_is_full_and_nothing_else()
      throws IOException {
    String more = Yaml.shell("default", "late", "app: client");
    String service = Yaml.service("default", "late", "app: server");
    fill("state");

    Run.Ended pod = lab.tryApply(more);
    assertThat(pod.code()).isEqualTo(1);
    assertThat(pod.err())
        .contains("pod default/late: the CNI plugin refused: ")
        .contains(base.resolve("state/ipam.json").toString())
        .contains(NO_ROOM);
    Run.Ended refused = lab.tryWeir(service, "apply", "-f", "-");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .contains(base.resolve("state/cluster-ips.json").toString())
        .contains(NO_ROOM);
    assertInForce();

    unmount();
    lab.apply(more);
    assertThat(lab.reaches("late", url)).isTrue();
    assertThat(lab.weir("apply", "-f", file(service))).isEqualTo("service/late created\n");
  }

  private static String file(String text) throws IOException {
    Path file = Files.createTempFile("trouble", ".yaml");
    Files.writeString(file, text);
    file.toFile().deleteOnExit();
    return file.toString();
  }

  @Test
  void should_change_no_setting_whose_file_cannot_be_written() {
    makeReadOnly("etc");

    Run.Ended refused = lab.tryWeir("", "config", "set", "mtu=1400");

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .startsWith(base.resolve("etc/io.weir.cfg") + ": expected a file that can be written")
        .endsWith(
            "Read-only file system; make room on the disk, or the directory writable; nothing has"
                + " changed\n");
    assertThat(lab.weir("config", "get", "mtu")).contains("default").doesNotContain("1400");
    assertInForce();
    unmount();
    lab.weir("config", "set", "mtu=1400");
    lab.weir("config", "unset", "mtu");
  }

  @Test
  void should_apply_nothing_that_cannot_be_kept() {
    String policy = Yaml.ingress("default", "nobody", "app: server", "app: nobody");
    makeReadOnly("manifests");

    Run.Ended refused = lab.tryWeir(policy, "apply", "-f", "-");

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .contains("applied/networkpolicy/default/nobody.yaml: expected a file that can be written")
        .contains("Read-only file system");
    assertThat(lab.weir("get", "networkpolicy")).doesNotContain("nobody");
    assertInForce();
  }

  @Test
  void should_work_on_without_a_log() throws IOException {
    fill("data/log");

    lab.apply(Yaml.shell("default", "unlogged", "app: client"));

    assertThat(lab.reaches("unlogged", url)).isTrue();
    assertThat(lab.tryWeir("", "status").code()).isZero();
    assertInForce();
  }

  /** The engine sees a machine on which it was forgotten. */
  @Test
  void should_say_that_bpffs_is_not_mounted_and_go_on_once_it_is() throws Exception {
    String engine = lab.engine();
    lab.weir("stop", "--node", engine);
    Path kept = Files.createTempDirectory("bpffs");
    String without =
        "mount --bind /sys/fs/bpf %3$s && umount /sys/fs/bpf && nsenter --net=/run/netns/weir-%1$s"
            + " %2$s start --timeout 20 --node %1$s; %2$s status";

    Run.Ended ended =
        Run.run(
            lab.environment(),
            "",
            List.of(
                "unshare", "-m", "sh", "-c", without.formatted(engine, Run.WEIR, kept.toString())));

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.out())
        .contains("/sys/fs/bpf/weir/" + engine + ": expected a directory of bpffs")
        .contains("mount -t bpf bpf /sys/fs/bpf");
    assertInForce();
    String back = "mount --bind %1$s /sys/fs/bpf && umount %1$s".formatted(kept);
    Commands.run("nsenter", "-t", lab.process(), "-m", "sh", "-c", back);
    lab.awaitInForce();
    assertInForce();
    assertThat(lab.tryWeir("", "fsck").code()).isZero();
    Files.delete(kept);
    lab.weir("stop", "--node", engine); // into the machine's own mounts again
    lab.on("n1", "weir", "start", "--node", engine);
  }
}
