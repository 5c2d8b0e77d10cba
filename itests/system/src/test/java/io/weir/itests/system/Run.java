package io.weir.itests.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs as a user at a shell does. */
final class Run {
  /** The tree that the tests belong to. */
  static final Path ROOT = Path.of(System.getProperty("weir.root"));

  /** The distribution. */
  static final Path HOME = ROOT.resolve("karaf-distribution/target/weir");

  static final String WEIR = HOME.resolve("bin/weir").toString();

  private static final long LIMIT_SECONDS = 120;

  private Run() {}

  /** How a program ended, and what it said. */
  record Ended(int code, String out, String err) {
    /** All it said, for a failed assertion. */
    String told() {
      return "exit code " + code + "\n" + out + err;
    }
  }

  static Ended run(Map<String, String> environment, String input, List<String> words) {
    Process process = start(environment, words);
    CompletableFuture<String> out = text(process.getInputStream());
    CompletableFuture<String> err = text(process.getErrorStream());
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It did not want to read all of it; its exit code tells why.
    }
    try {
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError(
            "%s: not done after %d s".formatted(String.join(" ", words), LIMIT_SECONDS));
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return new Ended(process.exitValue(), out.join(), err.join());
  }

  /** The caller ends it. */
  static Process start(Map<String, String> environment, List<String> words) {
    try {
      ProcessBuilder builder = new ProcessBuilder(words);
      builder.environment().putAll(environment);
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CompletableFuture<String> text(InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
