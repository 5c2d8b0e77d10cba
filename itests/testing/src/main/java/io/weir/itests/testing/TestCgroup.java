package io.weir.itests.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A cgroup2 directory of a test's own; processes that are left in it are moved to the root when it
 * is closed.
 */
public final class TestCgroup implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Path root;
  private final Path path;

  private TestCgroup(Path root, Path path) {
    this.root = root;
    this.path = path;
  }

  public static TestCgroup create(String purpose) {
    Path root = mount();
    Path path =
        root.resolve(purpose + "-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet());
    try {
      return new TestCgroup(root, Files.createDirectory(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path path() {
    return path;
  }

  /** Where cgroup2 is mounted; not always {@code /sys/fs/cgroup}. */
  public static Path mount() {
    try {
      return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
          .map(line -> line.split(" "))
          .filter(fields -> fields[2].equals("cgroup2"))
          .map(fields -> Path.of(fields[1]))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no file system of type cgroup2 is mounted"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      for (String pid : Files.readAllLines(path.resolve("cgroup.procs"))) {
        Files.writeString(root.resolve("cgroup.procs"), pid);
      }
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
