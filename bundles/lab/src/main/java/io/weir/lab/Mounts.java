package io.weir.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The mount table of this namespace. */
final class Mounts {
  private Mounts() {}

  /** The types of what is mounted at {@code point}. */
  static List<String> at(Path point) {
    return fields().stream()
        .filter(fields -> fields[1].equals(point.toString()))
        .map(fields -> fields[2])
        .toList();
  }

  /** The mount points of file systems of {@code type}. */
  static List<Path> of(String type) {
    return fields().stream()
        .filter(fields -> fields[2].equals(type))
        .map(fields -> Path.of(fields[1]))
        .toList();
  }

  private static List<String[]> fields() {
    try {
      return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
          .map(line -> line.split(" "))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
