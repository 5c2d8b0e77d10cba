package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.weir.api.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Manifests that others have written, where there is a directory of them ({@code weir.data}). */
class RealManifestsTest {
  private static final Path DATA = Path.of(System.getProperty("weir.data", "absent"));

  @TestFactory
  Stream<DynamicTest> manifests_of_known_kinds_have_no_schema_errors() throws IOException {
    return Stream.of("manifests", "starwars")
        .map(DATA::resolve)
        .filter(Files::isDirectory)
        .flatMap(RealManifestsTest::files)
        .map(file -> DynamicTest.dynamicTest(DATA.relativize(file).toString(), () -> check(file)));
  }

  @Test
  void there_are_such_manifests() {
    assumeThat(DATA.resolve("starwars")).isDirectory();
    assertThat(files(DATA.resolve("starwars")).toList()).hasSizeGreaterThan(5);
  }

  private static void check(Path file) throws IOException {
    Manifest manifest = new ManifestReader().read(file.toString(), Files.readAllBytes(file));
    List<String> errors =
        manifest.problems().stream()
            .map(Problem::sentence)
            .filter(sentence -> !sentence.contains(": kind: expected one of Namespace, Node, "))
            .toList();
    assertThat(errors).isEmpty();
  }

  private static Stream<Path> files(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
