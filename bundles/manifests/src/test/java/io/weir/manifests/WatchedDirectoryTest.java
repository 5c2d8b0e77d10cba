package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedDirectoryTest {
  private static final Duration ALMOST = WatchedDirectory.QUIET.minusMillis(1);

  @TempDir Path root;

  private final Set<Path> beingWritten = new HashSet<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private WatchedDirectory directory;

  @BeforeEach
  void directory() {
    directory = new WatchedDirectory(root, () -> now, this::written);
  }

  @Test
  void should_not_read_a_file_that_was_written_a_moment_ago() throws Exception {
    write("a.yaml", Texts.namespace("a"));
    now = now.plus(ALMOST);
    WatchedDirectory.Look early = directory.look();
    assertThat(early.changed()).isEmpty();
    assertThat(early.unsettled()).containsExactly("a.yaml");
    now = now.plusMillis(1);
    WatchedDirectory.Look late = directory.look();
    assertThat(late.changed()).containsOnlyKeys("a.yaml");
    assertThat(late.changed().get("a.yaml").resources()).hasSize(1);
    assertThat(late.unsettled()).isEmpty();
  }

  @Test
  void should_not_read_a_file_that_someone_writes_slowly() throws Exception {
    write("a.yaml", Texts.namespace("a"));
    beingWritten.add(root.resolve("a.yaml"));
    now = now.plusSeconds(60);
    WatchedDirectory.Look open = directory.look();
    assertThat(open.changed()).isEmpty();
    assertThat(open.unsettled()).containsExactly("a.yaml");
    beingWritten.clear();
    assertThat(directory.look().changed()).containsOnlyKeys("a.yaml");
  }

  @Test
  void should_read_a_file_whose_time_stamp_lies_ahead_once_it_is_left_alone() throws Exception {
    Path file = write("a.yaml", Texts.namespace("a"));
    Files.setLastModifiedTime(file, FileTime.from(now.plusSeconds(3600)));
    assertThat(directory.look().unsettled()).containsExactly("a.yaml");
    now = now.plus(WatchedDirectory.QUIET);
    assertThat(directory.look().changed()).containsOnlyKeys("a.yaml");
  }

  @Test
  void should_not_wait_for_a_clock_that_was_put_back() throws Exception {
    Path file = write("a.yaml", Texts.namespace("a"));
    Files.setLastModifiedTime(file, FileTime.from(now.plusSeconds(7200)));
    assertThat(directory.look().unsettled()).containsExactly("a.yaml");
    now = now.minus(Duration.ofHours(1));
    assertThat(directory.look().unsettled()).containsExactly("a.yaml");
    now = now.plus(WatchedDirectory.QUIET);
    assertThat(directory.look().changed()).containsOnlyKeys("a.yaml");
  }

  @Test
  void should_read_at_once_what_weir_apply_has_kept() throws Exception {
    write("applied/namespace/a.yaml", Texts.namespace("a"));
    assertThat(directory.look().changed()).containsOnlyKeys("applied/namespace/a.yaml");
  }

  @Test
  void should_read_a_file_once_for_each_content() throws Exception {
    write("a.yaml", Texts.namespace("a"));
    now = now.plusSeconds(1);
    assertThat(directory.look().changed()).containsOnlyKeys("a.yaml");
    assertThat(directory.look().changed()).isEmpty();
    write("a.yaml", Texts.namespace("b"));
    now = now.plusSeconds(1);
    assertThat(directory.look().changed()).containsOnlyKeys("a.yaml");
    Files.delete(root.resolve("a.yaml"));
    assertThat(directory.look().gone()).containsExactly("a.yaml");
    assertThat(directory.look().gone()).isEmpty();
  }

  @Test
  void should_look_below_directories_and_pass_over_what_is_no_manifest() throws Exception {
    write("deep/er/a.yaml", Texts.namespace("a"));
    write("b.json", "{}");
    write(".c.yaml.swp", Texts.namespace("c"));
    write(".d.yaml", Texts.namespace("d"));
    write(".git/e.yaml", Texts.namespace("e"));
    write("notes.txt", Texts.namespace("f"));
    now = now.plusSeconds(1);
    WatchedDirectory.Look look = directory.look();
    assertThat(look.changed()).containsOnlyKeys("deep/er/a.yaml", "b.json");
    assertThat(look.unsettled()).isEmpty();
  }

  @Test
  void should_refuse_what_there_is_no_room_for_until_there_is() throws Exception {
    directory = new WatchedDirectory(root, () -> now, this::written, 6000);
    String big =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {a: "
            + "x".repeat(900)
            + "}\n";
    write("a.yaml", big.formatted("a"));
    write("b.yaml", big.formatted("b"));
    now = now.plusSeconds(1);
    WatchedDirectory.Look both = directory.look();
    assertThat(both.changed().get("a.yaml").problems()).isEmpty();
    assertThat(Texts.sentences(both.changed().get("b.yaml").problems()))
        .singleElement()
        .asString()
        .startsWith("b.yaml:1: expected manifests that take at most ");
    assertThat(directory.look().changed()).isEmpty();
    Files.delete(root.resolve("a.yaml"));
    directory.look();
    assertThat(directory.look().changed().get("b.yaml").resources()).hasSize(1);
  }

  @Test
  void should_not_wait_for_a_file_that_says_it_is_empty_and_never_ends() throws Exception {
    Path clock = Path.of("/proc/uptime"); // of size 0, though there is something to read
    Files.createSymbolicLink(root.resolve("a.yaml"), clock);
    now = Instant.now().plusSeconds(60);
    assertThat(directory.look().changed().get("a.yaml").documents()).isEmpty();
  }

  @Test
  void should_read_a_file_whose_name_is_no_text() throws Exception {
    Commands.run("sh", "-c", "printf 'kind: x' > \"$0\"/$(printf 'a\\377.yaml')", root.toString());
    now = Instant.now().plusSeconds(60);
    WatchedDirectory.Look look = directory.look();
    assertThat(look.changed()).hasSize(1);
    assertThat(look.unsettled()).isEmpty();
  }

  private Set<Path> written(Set<Path> files) {
    Set<Path> both = new HashSet<>(files);
    both.retainAll(beingWritten);
    return both;
  }

  private Path write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(now));
    return file;
  }
}
