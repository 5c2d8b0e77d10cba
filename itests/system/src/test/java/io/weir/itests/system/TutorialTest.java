package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the tutorial shows of the example is the example's own text. */
class TutorialTest {
  @Test
  void should_show_pieces_of_the_example_as_they_are() throws IOException {
    StringBuilder sources = new StringBuilder();
    Path census = Run.ROOT.resolve("examples/census");
    for (Path file : files(census)) {
      sources.append(Files.readString(file));
    }
    List<String> code =
        Tutorial.read(Run.ROOT.resolve("docs/tutorial.md")).sections().stream()
            .flatMap(section -> section.code().stream())
            .toList();

    assertThat(code).hasSizeGreaterThan(8).allSatisfy(piece -> assertThat(sources).contains(piece));
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(file -> file.toString().matches(".*\\.(java|xml)")).toList();
    }
  }
}
