package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A pod that asks by HTTP again and again, by a new connection each time, until it is stopped. */
final class Asking implements AutoCloseable {
  private static final int WARM = 5;

  private final Path directory;
  private final Path answers;
  private final Process process;

  private Asking(Path directory, Process process) {
    this.directory = directory;
    this.answers = directory.resolve("answers");
    this.process = process;
  }

  /** Returns when the first answers have come. */
  static Asking start(Lab lab, String pod, String url) {
    try {
      Path directory = Files.createTempDirectory("weir-asking");
      Files.createFile(directory.resolve("go"));
      String loop =
          """
          while [ -e "$0/go" ]; do
            curl -sS --max-time 2 -o /dev/null -w '%{http_code}' "$1" >"$0/one" 2>"$0/why"
            echo "$? $(cat "$0/one") $(cat "$0/why")" >>"$0/answers"
          done
          """;
      Process process =
          Run.start(
              lab.environment(),
              List.of(
                  Run.WEIR, "lab", "exec", pod, "--", "sh", "-c", loop, directory.toString(), url));
      Asking asking = new Asking(directory, process);
      asking.awaitMore(WARM);
      return asking;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns when so many more answers, or failures, have come. */
  void awaitMore(int count) {
    int wanted = lines().size() + count;
    Wait.until(
        "answers",
        () -> {
          assertThat(process.isAlive()).as("the loop in the pod").isTrue();
          return lines().size() >= wanted;
        });
  }

  /** Stops, and gives what went wrong: curl's exit code, the status, curl's message. */
  List<String> failures() {
    stop();
    List<String> lines = lines();
    assertThat(lines).isNotEmpty();
    return lines.stream().filter(line -> !line.strip().equals("0 200")).toList();
  }

  @Override
  public void close() {
    stop();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void stop() {
    try {
      Files.deleteIfExists(directory.resolve("go"));
      process.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private List<String> lines() {
    try {
      return Files.exists(answers) ? Files.readAllLines(answers) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
