package io.weir.lab;

import io.weir.api.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Directories of cgroup2: what runs in one can be counted and killed as a whole. */
final class Cgroups {
  private static final Duration DEATH = Duration.ofSeconds(20);

  private Cgroups() {}

  /** Where cgroup2 is mounted: not /sys/fs/cgroup on a machine that has version 1 beside it. */
  static Path mount() {
    for (Path point : Mounts.of("cgroup2")) {
      return point;
    }
    throw Problem.of("/proc/self/mounts", "a mount of cgroup2", "none")
        .remedy("mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified")
        .asException();
  }

  static Path create(Path directory) {
    try {
      return Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The processes in this directory itself, not in those below it. */
  static List<Long> processes(Path directory) {
    Path file = directory.resolve("cgroup.procs");
    return Files.exists(file) ? lines(file).stream().map(Long::valueOf).toList() : List.of();
  }

  /** Kills all that runs in and below it, at once, and returns when it has gone. */
  static void kill(Path directory) {
    try {
      Files.writeString(directory.resolve("cgroup.kill"), "1");
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Poll.until(
        DEATH,
        () -> lines(directory.resolve("cgroup.events")).contains("populated 0"),
        () -> Problem.of(directory.toString(), "processes that end when killed", "one that lives"));
  }

  /** Removes it and what is below it; nothing runs there any more. */
  static void remove(Path directory) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path each :
          found.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
