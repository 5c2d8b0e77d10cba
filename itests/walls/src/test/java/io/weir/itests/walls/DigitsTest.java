package io.weir.itests.walls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Numbers have the same digits wherever an engine runs: {@code %d} prints those of its locale. */
class DigitsTest {
  private static final Path BUNDLES = Path.of("../../bundles");

  /** A text with such a conversion, and its statement to the end. */
  private static final Pattern CONVERSION =
      Pattern.compile("\"[^\"\\n]*%[-+,0-9.]*[df][^\"\\n]*\"[^;]*;");

  @Test
  void should_print_no_number_in_the_digits_of_a_locale() throws IOException {
    List<Path> sources;
    try (Stream<Path> files = Files.walk(BUNDLES)) {
      sources =
          files
              .filter(file -> file.toString().contains("/src/main/java/"))
              .filter(file -> file.toString().endsWith(".java"))
              .toList();
    }
    assertThat(sources).hasSizeGreaterThan(100);
    List<String> found = new ArrayList<>();
    for (Path file : sources) {
      String source = Files.readString(file);
      Matcher matcher = CONVERSION.matcher(source);
      while (matcher.find()) {
        int begin = source.lastIndexOf(';', matcher.start());
        if (!source.substring(begin + 1, matcher.end()).contains("Locale.ROOT")) {
          found.add(file + ": " + matcher.group());
        }
      }
    }
    assertThat(found).as("use %s, or Locale.ROOT").isEmpty();
  }
}
