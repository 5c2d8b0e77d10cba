package io.weir.manifests;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells which files some process has open for writing, by looking through {@code /proc} once for
 * all of them: what is being written is not read, however slowly it comes.
 */
final class Writers {
  /** {@code O_WRONLY} and {@code O_RDWR}, {@code fcntl.h}. */
  private static final int WRITING = 03;

  private static final Logger LOG = LoggerFactory.getLogger(Writers.class);

  private record Wanted(Path file, Object inode) {}

  private final Path proc;

  Writers() {
    this(Path.of("/proc"));
  }

  Writers(Path proc) {
    this.proc = proc;
  }

  boolean has(Path file) {
    return !of(Set.of(file)).isEmpty();
  }

  /** Those of {@code files} that some process has open for writing. */
  Set<Path> of(Set<Path> files) {
    Map<String, List<Wanted>> wanted = new HashMap<>();
    for (Path file : files) {
      try {
        Object inode = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        String name = file.toRealPath().getFileName().toString();
        wanted.computeIfAbsent(name, n -> new ArrayList<>()).add(new Wanted(file, inode));
      } catch (IOException e) {
        LOG.debug("{} has gone", file);
      }
    }
    Set<Path> written = new HashSet<>();
    if (wanted.isEmpty()) {
      return written;
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        find(process, wanted, written);
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.debug("{} cannot be looked through", proc, e);
    }
    return written;
  }

  private static void find(Path process, Map<String, List<Wanted>> wanted, Set<Path> written) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        for (Wanted one : wanted.getOrDefault(nameOf(descriptor), List.of())) {
          if (isOf(descriptor, one.inode()) && isForWriting(process, descriptor)) {
            written.add(one.file());
          }
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.debug("{} has ended, or is none of ours", process);
    }
  }

  /** The name is compared first: reading a link is cheaper than following it. */
  private static String nameOf(Path descriptor) {
    try {
      Path name = Files.readSymbolicLink(descriptor).getFileName();
      return name == null ? "" : name.toString();
    } catch (IOException | InvalidPathException e) {
      return "";
    }
  }

  private static boolean isOf(Path descriptor, Object inode) {
    try {
      return inode.equals(Files.readAttributes(descriptor, BasicFileAttributes.class).fileKey());
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isForWriting(Path process, Path descriptor) {
    try {
      Path info = process.resolve("fdinfo").resolve(descriptor.getFileName().toString());
      for (String line : Files.readAllLines(info)) {
        if (line.startsWith("flags:")) {
          return (Integer.parseInt(line.substring(6).strip(), 8) & WRITING) != 0;
        }
      }
    } catch (IOException e) {
      return false;
    }
    return false;
  }
}
