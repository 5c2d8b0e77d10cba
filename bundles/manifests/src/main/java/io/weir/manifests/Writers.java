package io.weir.manifests;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells whether some process has a file open for writing, by looking through {@code /proc}: what is
 * being written is not read, however slowly it comes.
 */
final class Writers {
  /** {@code O_WRONLY} and {@code O_RDWR}, {@code fcntl.h}. */
  private static final int WRITING = 03;

  private final Path proc;

  Writers() {
    this(Path.of("/proc"));
  }

  Writers(Path proc) {
    this.proc = proc;
  }

  boolean has(Path file) {
    Object inode;
    try {
      inode =
          Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      return false;
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        if (writes(process, file.getFileName().toString(), inode)) {
          return true;
        }
      }
    } catch (IOException e) {
      return false;
    }
    return false;
  }

  private static boolean writes(Path process, String name, Object inode) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        if (isOf(descriptor, name, inode) && isForWriting(process, descriptor)) {
          return true;
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return false; // it has ended, or is none of ours
    }
    return false;
  }

  /** The name is compared first: reading a link is cheaper than following it. */
  private static boolean isOf(Path descriptor, String name, Object inode) {
    try {
      return Files.readSymbolicLink(descriptor).toString().endsWith(name)
          && inode.equals(
              Files.readAttributes(descriptor, java.nio.file.attribute.BasicFileAttributes.class)
                  .fileKey());
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
