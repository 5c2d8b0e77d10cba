package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This process is the writer: {@code /proc} shows its descriptors to itself whoever runs it. */
class WritersTest {
  @TempDir Path directory;

  private final Writers writers = new Writers();

  @Test
  void should_find_a_writer_until_it_closes_the_file() throws Exception {
    Path file = directory.resolve("slow.yaml");
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write('a');
      assertThat(writers.has(file)).isTrue();
    }
    assertThat(writers.has(file)).isFalse();
  }

  @Test
  void should_take_no_reader_for_a_writer() throws Exception {
    Path file = Files.writeString(directory.resolve("read.yaml"), "a");
    try (InputStream in = Files.newInputStream(file)) {
      assertThat(in.read()).isEqualTo('a');
      assertThat(writers.has(file)).isFalse();
    }
  }

  @Test
  void should_know_the_file_by_more_than_its_name() throws Exception {
    Path file = Files.writeString(directory.resolve("a.yaml"), "a");
    Path other = Files.createDirectory(directory.resolve("other")).resolve("a.yaml");
    try (OutputStream out = Files.newOutputStream(other)) {
      out.write('a');
      assertThat(writers.has(file)).isFalse();
    }
  }
}
