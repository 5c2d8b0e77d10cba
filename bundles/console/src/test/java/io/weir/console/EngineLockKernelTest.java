package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One engine of a name: one of {@code weir run}, or one in a container that has Weir in it. */
@NeedsRoot
@Timeout(120)
class EngineLockKernelTest {
  @TempDir Path directory;

  @Test
  void should_know_that_weir_run_has_taken_it_for_this_process() throws Exception {
    Path told = directory.resolve("told");
    try (FakeNode node = node(told)) {
      node.start();
      assertThat(node.await("told")).isEqualTo(LockLife.HELD);
    }
  }

  @Test
  void should_refuse_an_engine_beside_one_of_weir_run() throws Exception {
    try (FakeNode node = node(directory.resolve("told"))) {
      Process first = node.start();
      node.await("told");
      Process second = embedded(node, "second");
      try {
        assertThat(node.await("second")).isEqualTo(sentence(first));
      } finally {
        second.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void should_keep_weir_run_and_other_containers_away() throws Exception {
    try (FakeNode node = node(directory.resolve("told"))) {
      Process first = embedded(node, "first");
      try {
        assertThat(node.await("first")).isEqualTo(LockLife.HELD);
        Process run = node.start();
        assertThat(run.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(run.exitValue()).isEqualTo(1);
        assertThat(node.log())
            .contains("engine held runs already, as process " + first.pid() + "; stop it with");
        Process second = embedded(node, "second");
        try {
          assertThat(node.await("second")).isEqualTo(sentence(first));
        } finally {
          second.destroyForcibly().waitFor();
        }
      } finally {
        first.destroyForcibly().waitFor();
      }
      Process third = embedded(node, "third");
      try {
        assertThat(node.await("third")).as("after its death").isEqualTo(LockLife.HELD);
      } finally {
        third.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void should_not_keep_the_console_away_where_there_are_no_native_functions() throws Exception {
    try (FakeNode node = node(directory.resolve("told"))) {
      Process only = embedded(node, "only", "-Djna.nounpack=true", "-Djna.nosys=true");
      try {
        assertThat(node.await("only")).isEqualTo(LockLife.HELD);
      } finally {
        only.destroyForcibly().waitFor();
      }
    }
  }

  private static String sentence(Process first) {
    return "engine held: expected one process of this name, got process %d, which runs; end that"
            .formatted(first.pid())
        + " one, or name this one by the system property weir.node";
  }

  private FakeNode node(Path told) throws Exception {
    Path run = directory.resolve("run/weir/held");
    return new FakeNode(directory, FakeNode.java(LockLife.class, run + " " + told));
  }

  /** A container that nobody has given the lock. */
  private Process embedded(FakeNode node, String told, String... options) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx64m"));
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            LockLife.class.getName(),
            node.run().toString(),
            directory.resolve(told).toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(Files.createTempFile(directory, told, ".log").toFile())
        .start();
  }
}
