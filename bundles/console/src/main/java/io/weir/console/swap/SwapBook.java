package io.weir.console.swap;

import io.weir.api.Problem;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Properties;

/**
 * The last swap of each bundle: a file each. Kept jars are beside them. Not by {@code StateFiles}:
 * who keeps those may be what is swapped.
 */
public final class SwapBook {
  /**
   * A swap that has ended.
   *
   * @param when in the form of ISO 8601
   * @param result {@code done}, {@code rolled back} or {@code failed}
   */
  public record Entry(String when, String from, String to, String result) {}

  private final Path directory;

  SwapBook(Path directory) {
    this.directory = directory;
  }

  /** This engine's. */
  public static SwapBook open() {
    return new SwapBook(Path.of(System.getProperty("karaf.data"), "swap"));
  }

  Path directory() {
    return directory;
  }

  void write(String bundle, Entry entry) {
    Properties properties = new Properties();
    properties.setProperty("when", entry.when());
    properties.setProperty("from", entry.from());
    properties.setProperty("to", entry.to());
    properties.setProperty("result", entry.result());
    StringWriter text = new StringWriter();
    Path temporary = directory.resolve(bundle + ".last.new");
    try {
      properties.store(text, null);
      Files.createDirectories(directory);
      Files.writeString(temporary, text.toString());
      Files.move(temporary, file(bundle), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw Problem.of(temporary.toString(), "a file that can be written", e.getMessage())
          .asException();
    }
  }

  public Optional<Entry> last(String bundle) {
    Path file = file(bundle);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(Files.readString(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Optional.of(
        new Entry(
            properties.getProperty("when", ""),
            properties.getProperty("from", ""),
            properties.getProperty("to", ""),
            properties.getProperty("result", "")));
  }

  private Path file(String bundle) {
    return directory.resolve(bundle + ".last");
  }
}
