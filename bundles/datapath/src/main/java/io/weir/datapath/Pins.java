package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Directories of bpffs, whose names hold no dots. What cannot be read or written is a problem. */
final class Pins {
  private Pins() {}

  static Path directory(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw problem(path, "a directory of bpffs that can be made", e)
          .remedy("mount -t bpf bpf /sys/fs/bpf")
          .asException();
    }
  }

  /** What is in a directory, sorted; nothing where there is none. */
  static List<Path> in(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw problem(directory, "a directory that can be read", e).asException();
    }
  }

  /** Takes a pin, or a directory with all below it, away; what is not there is no error. */
  static void delete(Path path) {
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw problem(path, "pins that can be taken away", e).asException();
    }
  }

  static void rename(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new ProblemException(problem(to, "a name that can be given to " + from, e), e);
    }
  }

  private static Problem problem(Path path, String expected, IOException e) {
    return Problem.of(
        path.toString(), expected, e.getClass().getSimpleName() + ": " + e.getMessage());
  }
}
