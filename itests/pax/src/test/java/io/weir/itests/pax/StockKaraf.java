package io.weir.itests.pax;

import io.weir.itests.testing.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A Karaf as Apache ships it, unpacked and started by its own script on a machine of the name that
 * is given. Nothing of its files is changed but what a test says.
 */
final class StockKaraf implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final Path home;
  private Process process;

  StockKaraf(Path directory) {
    Commands.run(
        "tar", "-xzf", System.getProperty("weir.karaf"), "-C", directory.toString(), "--strip=1");
    home = directory;
  }

  Path home() {
    return home;
  }

  /** Starts it; it finds no bundle of Weir's in the user's own repository. */
  void start(String machine) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            "unshare",
            "--uts",
            "sh",
            "-c",
            "echo \"$0\" >/proc/sys/kernel/hostname && exec bin/karaf server",
            machine);
    builder.directory(home.toFile());
    builder.environment().put("EXTRA_JAVA_OPTS", "-Duser.home=" + home.resolve("data"));
    builder.redirectErrorStream(true).redirectOutput(home.resolve("out.log").toFile());
    process = builder.start();
  }

  /** Drops a file into {@code deploy/}, as one. */
  void drop(Path file) throws IOException {
    Path beside = home.resolve(file.getFileName());
    Files.copy(file, beside);
    Files.move(beside, home.resolve("deploy").resolve(file.getFileName()));
  }

  /** Where each installed bundle came from. */
  List<String> bundles() {
    Path cache = home.resolve("data/cache");
    if (!Files.exists(cache)) {
      return List.of();
    }
    try (Stream<Path> files = Files.find(cache, 2, (file, its) -> file.endsWith("bundle.info"))) {
      return files.map(StockKaraf::location).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its log, of its own back end. */
  String log() throws IOException {
    return Files.readString(home.resolve("data/log/karaf.log"));
  }

  /** Whether its log holds this. */
  boolean says(String text) {
    try {
      return Files.exists(home.resolve("data/log/karaf.log")) && log().contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("expected within " + LIMIT + ": " + what + "\n" + said());
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  @Override
  public void close() {
    if (process == null) {
      return;
    }
    // The script goes at once, and its JVM when it has put everything in order.
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroy);
    all.forEach(StockKaraf::awaitEnd);
  }

  private static void awaitEnd(ProcessHandle one) {
    try {
      one.onExit().orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      one.destroyForcibly();
      throw new AssertionError(one.info().command().orElse("process") + " does not end", e);
    }
  }

  private String said() {
    try {
      return Files.readString(home.resolve("out.log")) + log();
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The second line of {@code bundle.info}. */
  private static String location(Path info) {
    try {
      List<String> lines = Files.readAllLines(info, StandardCharsets.UTF_8);
      return lines.size() > 1 ? lines.get(1) : "";
    } catch (IOException e) {
      return ""; // being written, or gone
    }
  }
}
