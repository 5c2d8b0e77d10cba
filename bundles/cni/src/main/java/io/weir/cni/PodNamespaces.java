package io.weir.cni;

import io.weir.linux.Linux;
import io.weir.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds pods' network namespaces, whose paths runtimes tell with their calls only: among those that
 * have a name, and those of processes.
 */
final class PodNamespaces {
  private static final Path NAMED = Path.of("/run/netns");
  private static final Path PROCESSES = Path.of("/proc");

  private PodNamespaces() {}

  /** By cookie; what comes or goes meanwhile may be seen or not. */
  static Map<Long, Path> find(Linux linux) {
    Map<Long, Path> found = new HashMap<>();
    Set<Object> seen = new HashSet<>();
    for (Path path : candidates()) {
      try {
        if (seen.add(Files.getAttribute(path, "unix:ino"))) {
          found.putIfAbsent(linux.namespaces().cookie(path), path);
        }
      } catch (IOException | LinuxException e) {
        continue; // it has gone since, or is no namespace
      }
    }
    return found;
  }

  private static List<Path> candidates() {
    List<Path> all = new ArrayList<>(in(NAMED));
    for (Path process : in(PROCESSES)) {
      if (Character.isDigit(process.getFileName().toString().charAt(0))) {
        all.add(process.resolve("ns/net"));
      }
    }
    return all;
  }

  private static List<Path> in(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
