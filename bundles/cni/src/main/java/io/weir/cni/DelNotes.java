package io.weir.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.api.StateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What DEL left in {@code /run/weir/NODE/del/} while the engine did not answer: files of
 * NUL-terminated {@code KEY=VALUE}, an empty word, and the network configuration, named {@code
 * CONTAINER:INTERFACE}.
 */
final class DelNotes {
  private final Path directory;

  DelNotes(StateFiles.Places places) {
    this.directory = places.run().resolve("del");
  }

  record Note(Path file, Map<String, String> environment, String configuration) {}

  /** Makes the directory, by which the plugin also knows an engine that is not running. */
  void prepare() {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Note> read() {
    List<Note> notes = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (!file.getFileName().toString().startsWith(".")) { // those are being written
          read(file).ifPresent(notes::add);
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return notes;
  }

  /** Whether a DEL of {@code attachment} is still to be caught up on. */
  boolean has(Attachment attachment) {
    return Files.exists(file(attachment));
  }

  void forget(Attachment attachment) {
    forget(file(attachment));
  }

  private Path file(Attachment attachment) {
    return directory.resolve(attachment.containerId() + ":" + attachment.interfaceName());
  }

  void forget(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Note> read(Path file) throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    return Optional.of(parse(file, bytes));
  }

  static Note parse(Path file, byte[] bytes) {
    Map<String, String> environment = new HashMap<>();
    int at = 0;
    while (at < bytes.length && bytes[at] != 0) {
      int end = at;
      while (end < bytes.length && bytes[end] != 0) {
        end++;
      }
      String word = new String(bytes, at, end - at, UTF_8);
      int equals = word.indexOf('=');
      if (equals > 0) {
        environment.put(word.substring(0, equals), word.substring(equals + 1));
      }
      at = end + 1;
    }
    int rest = Math.min(at + 1, bytes.length);
    return new Note(file, environment, new String(bytes, rest, bytes.length - rest, UTF_8));
  }
}
