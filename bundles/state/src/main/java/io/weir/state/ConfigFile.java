package io.weir.state;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/**
 * A file of settings, {@code key = value}, as the container's installer of files reads it. Only
 * lines of the keys that change are written anew; comments and order stay as they are. Readers see
 * the file before or after a change, never a part of it.
 */
final class ConfigFile {
  private static final Set<PosixFilePermission> READABLE =
      PosixFilePermissions.fromString("rw-r--r--");

  private final Path path;

  /** What {@code path} holds; nothing where there is no file yet. */
  record Content(String text) {
    Map<String, String> values() {
      return new TreeMap<>(parse(text));
    }

    /** With these values in place; an empty one takes the key out. */
    Content with(Map<String, Optional<String>> changes) {
      Map<String, Optional<String>> left = new LinkedHashMap<>(changes);
      StringBuilder edited = new StringBuilder();
      for (String line : logicalLines(text)) {
        Optional<String> key = parse(line).keySet().stream().findFirst();
        if (key.isEmpty() || !changes.containsKey(key.get())) {
          edited.append(line);
        } else if (left.containsKey(key.get())) {
          left.remove(key.get()).ifPresent(value -> edited.append(line(key.get(), value)));
        }
      }
      if (edited.length() > 0 && edited.charAt(edited.length() - 1) != '\n') {
        edited.append('\n');
      }
      left.forEach((key, value) -> value.ifPresent(some -> edited.append(line(key, some))));
      return new Content(edited.toString());
    }
  }

  ConfigFile(Path path) {
    this.path = path;
  }

  Path path() {
    return path;
  }

  Content read() {
    try {
      return new Content(Files.readString(path, StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      return new Content("");
    } catch (IOException e) {
      throw new ProblemException(Problem.of(path.toString(), "a readable file", reason(e)), e);
    }
  }

  /** For how long it has not changed; for long where there is none. */
  Duration age() {
    try {
      return Duration.between(Files.getLastModifiedTime(path).toInstant(), Instant.now());
    } catch (IOException e) {
      return Duration.ofDays(1);
    }
  }

  /** Returns when the content is on the disk. */
  void write(Content content) {
    try {
      DurableFile.write(
          path,
          content.text().getBytes(StandardCharsets.ISO_8859_1),
          Files.exists(path) ? Files.getPosixFilePermissions(path) : READABLE);
    } catch (IOException e) {
      throw new ProblemException(
          Problem.of(path.toString(), "a file that can be written", reason(e))
              .remedy("make room on the disk, or the directory writable; nothing has changed"),
          e);
    }
  }

  /** Lines with those that a backslash at the end of them goes on in, line ends included. */
  private static List<String> logicalLines(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    int begin = 0;
    while (begin < text.length()) {
      int end = text.indexOf('\n', begin) + 1;
      String natural = text.substring(begin, end == 0 ? text.length() : end);
      begin += natural.length();
      boolean comment = line.length() == 0 && natural.strip().matches("(?s)([#!].*)?");
      line.append(natural);
      if (comment || !goesOn(natural)) {
        lines.add(line.toString());
        line.setLength(0);
      }
    }
    if (line.length() > 0) {
      lines.add(line.toString());
    }
    return lines;
  }

  private static boolean goesOn(String line) {
    String content = line.replaceAll("\\R\\z", "");
    int end = content.length();
    while (end > 0 && content.charAt(end - 1) == '\\') {
      end--;
    }
    return (content.length() - end) % 2 == 1;
  }

  private static Map<String, String> parse(String text) {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(text));
    } catch (IllegalArgumentException e) { // an escape that is none
      return Map.of();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    Map<String, String> values = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
    return values;
  }

  private static String line(String key, String value) {
    StringBuilder line = new StringBuilder(key).append(" = ");
    for (char c : value.toCharArray()) {
      if (c == '\\') {
        line.append("\\\\");
      } else if (c < ' ' || c > '~') {
        line.append("\\u%04x".formatted((int) c));
      } else {
        line.append(c);
      }
    }
    return line.append('\n').toString();
  }

  private static String reason(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }
}
