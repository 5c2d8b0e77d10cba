package io.weir.itests.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A directory of pins in bpffs, of a test's own; removed, with all pins below it, when closed. */
public final class TestPins implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Path path;

  private TestPins(Path path) {
    this.path = path;
  }

  public static TestPins create(String purpose) {
    Path path =
        Path.of(
            "/sys/fs/bpf",
            purpose + "-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet());
    try {
      return new TestPins(Files.createDirectory(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() {
    try (Stream<Path> tree = Files.walk(path)) {
      List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
      for (Path each : deepestFirst) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
