package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.NeedsRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An engine that systemd runs, by the unit that the distribution has. */
@NeedsRoot
class SystemdLabKernelTest {
  private static final Path SYSTEMD = Path.of("/lib/systemd/systemd");
  private static final Path BOOT = Run.ROOT.resolve("itests/system/src/test/systemd/boot");
  private static final String CONNECTIONS = "20";

  @TempDir Path directory;

  private final Lab lab = new Lab("sysd");
  private final String unit = "weir@" + lab.engine();
  private Path cgroup;
  private TalkingPods pods;

  @BeforeEach
  void boot() throws Exception {
    assumeTrue(Files.isExecutable(SYSTEMD), "no systemd here");
    lab.up();
    pods = new TalkingPods(lab, directory);
    lab.weir("stop");
    Path node = Path.of(setting("cgroup-root"));
    cgroup = node.resolve("systemd");
    Path units = units();
    Process systemd =
        Run.start(
            lab.environment(),
            List.of(
                Run.WEIR,
                "lab",
                "on",
                "n1",
                "--",
                BOOT.toString(),
                cgroup.toString(),
                node.toString(),
                units.toString()));
    Wait.until("systemd runs", () -> systemctl("is-system-running").out().equals("running\n"));
    assertThat(systemd.isAlive()).isTrue();
  }

  @AfterEach
  void down() {
    pods.close();
    lab.close(); // what runs in its control groups is killed
  }

  @Test
  void should_refuse_nobody_and_cut_nothing_while_systemd_restarts_it() throws Exception {
    assertThat(systemctl("start", unit).told()).isEqualTo("exit code 0\n");
    assertThat(lab.tryWeir("", "tables").told()).as("ready").startsWith("exit code 0\n");
    lab.awaitInForce();
    Process talk =
        pods.start("client", pods.chatter, "talk", pods.server, TalkingPods.PORT, CONNECTIONS);
    BufferedReader answers = talk.inputReader(StandardCharsets.UTF_8);
    assertThat(answers.readLine()).isEqualTo("open " + CONNECTIONS);
    String first = property("MainPID");

    assertThat(systemctl("kill", "--kill-whom=main", "--signal=KILL", unit).code()).isZero();
    Wait.until(
        "started again",
        () -> {
          Run.Ended call = lab.tryWeir("", "tables");
          assertThat(call.told()).as("a call meanwhile").startsWith("exit code 0\n");
          return property("NRestarts").equals("1") && property("ActiveState").equals("active");
        });
    assertThat(property("MainPID")).isNotEqualTo(first);
    lab.awaitInForce();
    talk.getOutputStream().write('\n');
    talk.getOutputStream().flush();
    assertThat(answers.readLine()).isEqualTo("ok " + CONNECTIONS);

    assertThat(systemctl("stop", unit).told()).isEqualTo("exit code 0\n");
    assertThat(property("Result")).isEqualTo("success");
    assertThat(property("NFileDescriptorStore")).as("what systemd keeps").isEqualTo("0");
    assertThat(lab.tryWeir("", "tables").err())
        .contains("engine " + lab.engine() + " does not run");
  }

  private String setting(String key) throws IOException {
    return Files.readAllLines(Path.of("/var/lib/weir", lab.engine(), "etc/io.weir.cfg")).stream()
        .filter(line -> line.startsWith(key + " = "))
        .map(line -> line.substring(key.length() + 3))
        .findFirst()
        .orElseThrow();
  }

  /** The unit that is shipped, and targets that hold nothing else. */
  private Path units() throws IOException {
    Path units = Files.createDirectory(directory.resolve("units"));
    for (String target : List.of("sysinit", "basic", "shutdown", "multi-user")) {
      Files.writeString(
          units.resolve(target + ".target"),
          "[Unit]\nDescription=" + target + "\nDefaultDependencies=no\n");
    }
    String shipped = Files.readString(Run.HOME.resolve("lib/systemd/weir@.service"));
    assertThat(shipped).contains("/opt/weir/");
    Files.writeString(
        units.resolve("weir@.service"), shipped.replace("/opt/weir/", Run.HOME + "/"));
    return units;
  }

  private Run.Ended systemctl(String... words) {
    Commands.Result first = Commands.tryRun("cat", cgroup + "/init.scope/cgroup.procs");
    if (first.out().isBlank()) {
      return new Run.Ended(1, "", "not yet");
    }
    List<String> all =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--target=" + first.out().lines().findFirst().orElseThrow(),
                "--mount",
                "--pid",
                "--cgroup",
                "systemctl"));
    all.addAll(List.of(words));
    return Run.run(lab.environment(), "", all);
  }

  private String property(String name) {
    return systemctl("show", "--value", "--property=" + name, unit).out().strip();
  }
}
