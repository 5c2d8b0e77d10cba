package io.weir.manifests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.itests.testing.HostileManifests;
import io.weir.itests.testing.HostileManifests.Hostile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand files that nobody should write, among good ones, read by a Java of a small heap: the
 * good ones are there, each bad one is told by its name, and memory suffices.
 */
class HostileManifestsTest {
  private static final int COUNT = 1000;
  private static final int GOOD = 50;
  private static final long SEED = Long.getLong("weir.seed", 5);

  /** MiB. What the directory alone would need without bounds is a hundred times as much. */
  private static final int HEAP = 64;

  private static final int LIMIT_SECONDS = 120;

  @TempDir Path base;

  @Test
  void should_tell_each_bad_file_by_name_in_little_memory_and_keep_the_good_ones()
      throws Exception {
    System.out.println("-Dweir.seed=" + SEED);
    Path directory = Files.createDirectories(base.resolve("manifests"));
    for (int i = 0; i < GOOD; i++) {
      String name = (i % 2 == 0 ? "a" : "z") + i;
      Files.writeString(directory.resolve(name + ".yaml"), Texts.policy(name, "80"));
    }
    List<Hostile> bad = HostileManifests.write(directory, SEED, COUNT, Texts.policy("a0", "81"));
    Path sentences = base.resolve("sentences");

    Process node =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx" + HEAP + "m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                HostileManifestsTest.class.getName(),
                base.toString(),
                sentences.toString())
            .redirectErrorStream(true)
            .redirectOutput(base.resolve("log").toFile())
            .start();
    try {
      assertThat(node.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
    } finally {
      node.destroyForcibly();
    }
    assertThat(node.exitValue()).as(tail(base.resolve("log"))).isZero();

    List<String> told = Files.readAllLines(sentences, UTF_8);
    List<String> silent = new ArrayList<>();
    for (Hostile one : bad) {
      boolean named =
          told.stream().anyMatch(line -> line.contains(one.told()) && line.contains(one.because()));
      if (!named) {
        silent.add(one + ": " + told.stream().filter(line -> line.contains(one.told())).toList());
      }
    }
    assertThat(silent).isEmpty();
    assertThat(told).allMatch(line -> line.length() < 4 * (Shown.LONGEST + 20));
    assertThat(told).contains(GOOD + " policies");
  }

  private static String tail(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log, UTF_8);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }

  /** The node of the small heap: what its tables say, into a file. */
  public static void main(String[] words) throws IOException {
    try (FakeNode node = new FakeNode(Path.of(words[0]))) {
      node.started();
      List<String> lines = new ArrayList<>();
      for (var problem : node.sourceProblems()) {
        problem.refusals().stream().map(Problem::sentence).forEach(lines::add);
      }
      lines.add(node.resources("CiliumNetworkPolicy") + " policies");
      Files.write(Path.of(words[1]), lines, UTF_8);
    }
    System.exit(0);
  }
}
