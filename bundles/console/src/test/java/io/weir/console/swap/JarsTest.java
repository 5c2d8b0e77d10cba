package io.weir.console.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarsTest {
  private static final String POLICY = "io.weir.policy";

  @TempDir Path directory;
  private Jars jars;
  private Path to;

  @BeforeEach
  void repository() {
    jars = new Jars(directory.resolve("repository"));
    to = directory.resolve("swap/new.jar");
  }

  @Test
  void should_take_a_version_of_the_repository_a_file_a_url_and_a_directory() throws IOException {
    jar("repository/io.weir.policy/1.0/io.weir.policy-1.0.jar", POLICY, "1.0");
    Path file = jar("here/some.jar", POLICY + ";singleton:=true", "2.0");
    jar("here/other.jar", "io.weir.flows", "3.0");
    Path here = directory.resolve("here");

    assertThat(jars.fetch(POLICY, "1.0", here, to).version()).isEqualTo("1.0");
    assertThat(jars.fetch(POLICY, "some.jar", here, to).version()).isEqualTo("2.0");
    assertThat(jars.fetch(POLICY, file.toUri().toString(), here, to).version()).isEqualTo("2.0");
    assertThat(jars.fetch(POLICY, ".", here, to).version()).isEqualTo("2.0");
    assertThat(to).hasSameBinaryContentAs(file);
  }

  @Test
  void should_refuse_a_jar_of_another_bundle_or_none() throws IOException {
    jar("some.jar", "io.weir.flows", "1.0");
    Files.writeString(directory.resolve("text.jar"), "no jar");

    assertThatThrownBy(() -> jars.fetch(POLICY, "some.jar", directory, to))
        .hasMessage(
            "some.jar: expected the jar of io.weir.policy, got one of io.weir.flows; nothing was"
                + " touched");
    assertThatThrownBy(() -> jars.fetch(POLICY, "text.jar", directory, to))
        .hasMessage(
            "text.jar: expected the jar of io.weir.policy, got a file that is no bundle; nothing"
                + " was touched");
    assertThatThrownBy(() -> jars.fetch(POLICY, "9.9", directory, to))
        .hasMessageStartingWith("9.9: expected a URL, a jar, a directory, or a version of");
  }

  @Test
  void should_refuse_a_directory_with_two_jars_of_one_bundle() throws IOException {
    jar("a.jar", POLICY, "1.0");
    jar("b.jar", POLICY, "2.0");

    assertThatThrownBy(() -> Jars.all(directory)).hasMessageContaining("got a.jar and b.jar");
  }

  @Test
  void should_find_every_class_that_a_class_names() throws IOException {
    try (var in = new DataInputStream(Swap.class.getResourceAsStream("Swap.class"))) {
      assertThat(Generation.names(in))
          .contains(
              "io.weir.console.swap.Swap",
              "io.weir.console.swap.Swap$Outcome$RolledBack",
              "io.weir.api.ProblemException", // caught
              "java.util.Optional", // returned
              "java.util.function.Consumer"); // taken
    }
  }

  @Test
  void should_remember_the_last_swap() {
    SwapBook book = new SwapBook(directory);
    SwapBook.Entry entry = new SwapBook.Entry("2026-01-01T00:00:00Z", "1", "2", "done");

    assertThat(book.last(POLICY)).isEmpty();
    book.write(POLICY, new SwapBook.Entry("2025-01-01T00:00:00Z", "0", "1", "rolled back"));
    book.write(POLICY, entry);

    assertThat(new SwapBook(directory).last(POLICY)).contains(entry);
  }

  private Path jar(String place, String name, String version) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Bundle-SymbolicName", name);
    manifest.getMainAttributes().putValue("Bundle-Version", version);
    Path file = directory.resolve(place);
    Files.createDirectories(file.getParent());
    try (var out = new JarOutputStream(Files.newOutputStream(file), manifest)) {
      return file;
    }
  }
}
