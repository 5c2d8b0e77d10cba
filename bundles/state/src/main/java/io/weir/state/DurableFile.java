package io.weir.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Writes files of which readers, and whoever comes after a crash, see the old or the new whole. */
final class DurableFile {
  private static final Set<OpenOption> FRESH =
      Set.of(
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);

  private DurableFile() {}

  /** Returns when the content is on the disk under the file's name. */
  static void write(Path file, byte[] content, Set<PosixFilePermission> permissions)
      throws IOException {
    Path directory = file.getParent();
    Path temporary = directory.resolve("." + file.getFileName() + ".new");
    Files.createDirectories(directory);
    try (FileChannel channel =
        FileChannel.open(temporary, FRESH, PosixFilePermissions.asFileAttribute(permissions))) {
      fill(channel, temporary, content, permissions);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void fill(
      FileChannel channel, Path path, byte[] content, Set<PosixFilePermission> permissions)
      throws IOException {
    try {
      Files.setPosixFilePermissions(path, permissions); // whatever the process masks
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(path); // on a disk that is full it would be in the way
      throw e;
    }
  }
}
