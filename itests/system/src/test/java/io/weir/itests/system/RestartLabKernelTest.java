package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The engine is killed and started again: traffic goes on, and the start writes nothing to maps.
 */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestartLabKernelTest {
  /** As strace prints the calls of bpf(2) that change what a map holds. */
  private static final Pattern WRITE =
      Pattern.compile(
          "bpf\\(BPF_MAP_(UPDATE_ELEM|UPDATE_BATCH|DELETE_ELEM|DELETE_BATCH|LOOKUP_AND_DELETE)");

  private static final int MANY = 12;

  private final Lab lab = new Lab("again");

  @TempDir Path directory;

  @BeforeAll
  void pods() {
    lab.up();
    lab.apply(
        Yaml.echo("default", "server", "app: server")
            + Yaml.shell("default", "client", "app: client")
            + Yaml.shell("default", "stranger", "app: stranger")
            + Yaml.service("default", "web", "app: server")
            + Yaml.ingress("default", "only-client", "app: server", "app: client"));
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @Test
  void should_go_on_without_an_engine_and_with_the_next_one() {
    String direct = "http://" + lab.addresses("default/server").get(0) + "/";
    try (Asking asking = Asking.start(lab, "client", "http://web/")) {
      lab.lab("kill", "n1");
      asking.awaitMore(10);
      assertThat(lab.tryWeir("", "status").code()).as("the engine is dead").isNotZero();
      assertThat(lab.reaches("client", direct)).isTrue();
      assertThat(lab.reaches("stranger", direct)).isFalse();

      lab.lab("start", "n1");
      asking.awaitMore(10);

      assertThat(asking.failures()).isEmpty();
    }
    assertThat(lab.reaches("stranger", direct)).isFalse();
  }

  @Test
  void should_write_nothing_to_the_maps_when_it_starts() throws Exception {
    lab.lab("kill", "n1");
    Path trace = directory.resolve("start");
    Process strace = strace(trace, List.of(Run.WEIR, "lab", "start", "n1"));
    awaitInForce(strace);
    List<String> atStart = writes(trace);

    // The control: the same trace sees what one changed policy writes.
    lab.apply(Yaml.ingress("default", "only-client", "app: server", "app: other"));
    List<String> afterChange = writes(trace);
    lab.apply(Yaml.ingress("default", "only-client", "app: server", "app: client"));
    lab.lab("kill", "n1");
    assertThat(strace.waitFor(30, TimeUnit.SECONDS)).as("strace ends with the engine").isTrue();
    lab.lab("start", "n1");

    assertThat(lines(trace)).as("the trace saw the engine's other calls").isNotEmpty();
    assertThat(atStart).isEmpty();
    assertThat(afterChange).isNotEmpty();
  }

  @Test
  void should_start_an_engine_while_another_command_has_the_lab() throws Exception {
    StringBuilder pods = new StringBuilder();
    for (int i = 0; i < MANY; i++) {
      pods.append(Yaml.shell("default", "late-" + i, "app: late"));
    }
    Path manifest = Files.writeString(directory.resolve("late.yaml"), pods);
    Process apply =
        Run.start(lab.environment(), List.of(Run.WEIR, "lab", "apply", "-f", manifest.toString()));
    Path state = Path.of("/run/weir/lab", lab.name() + ".json");
    Wait.until("the first of its pods", () -> Files.readString(state).contains("late-"));
    signal("STOP", apply); // as one does that waits for the engine
    lab.lab("kill", "n1");
    CompletableFuture<Run.Ended> start =
        CompletableFuture.supplyAsync(() -> lab.tryLab("start", "n1"));

    Wait.until("an engine", () -> lab.tryWeir("", "tables").code() == 0);

    signal("CONT", apply);
    assertThat(start.join().code()).as(start.join().told()).isZero();
    assertThat(apply.waitFor(1, TimeUnit.MINUTES)).as("the other command ends").isTrue();
    lab.apply(pods.toString());
  }

  private static void signal(String name, Process process) {
    Commands.run("kill", "-" + name, Long.toString(process.pid()));
  }

  /**
   * Follows the engine into the background, until it ends: the filter that is put on it refuses
   * what it filters once nobody traces any more.
   */
  private Process strace(Path trace, List<String> command) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "strace",
                "-f",
                "--seccomp-bpf",
                "-qq",
                "-e",
                "trace=bpf",
                "-e",
                "signal=none",
                "-o",
                trace.toString(),
                "--"));
    words.addAll(command);
    return Run.start(lab.environment(), words);
  }

  private void awaitInForce(Process strace) {
    Wait.until(
        "in force",
        () -> {
          assertThat(strace.isAlive()).as("the start that is traced").isTrue();
          return lab.tryWeir("", "status").code() == 0;
        });
  }

  private static List<String> writes(Path trace) throws IOException {
    return lines(trace).stream().filter(line -> WRITE.matcher(line).find()).toList();
  }

  private static List<String> lines(Path trace) throws IOException {
    return Files.exists(trace) ? Files.readAllLines(trace) : List.of();
  }
}
