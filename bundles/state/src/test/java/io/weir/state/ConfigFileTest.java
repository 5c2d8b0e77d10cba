package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.ProblemException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
  private static final ConfigFile.Content WRITTEN =
      new ConfigFile.Content(
          "# of the night shift\nb=1\n! another\n\na : long \\\n  text\n#c = 3\nb = 2\nlast=x");

  @TempDir Path directory;

  @Test
  void should_keep_comments_and_order_and_what_is_not_changed() {
    Map<String, Optional<String>> changes = new LinkedHashMap<>();
    changes.put("c", Optional.of("4"));
    changes.put("b", Optional.of("7"));
    assertThat(WRITTEN.with(changes).text())
        .isEqualTo(
            "# of the night shift\nb = 7\n! another\n\na : long \\\n  text\n#c = 3\nlast=x\nc = 4\n");
  }

  @Test
  void should_take_a_key_out_with_all_lines_of_it() {
    assertThat(WRITTEN.with(Map.of("a", Optional.empty(), "b", Optional.empty())).text())
        .isEqualTo("# of the night shift\n! another\n\n#c = 3\nlast=x\n");
  }

  @Test
  void should_read_what_it_has_written_whatever_is_in_it() {
    for (String value : new String[] {"", "a=b:c", "\\d+\\.x", "#no comment", "ä\n\tb", "x\\"}) {
      ConfigFile.Content content =
          WRITTEN.with(Map.of("key", Optional.of(value))).with(Map.of("z", Optional.of("z")));
      assertThat(content.values()).containsEntry("key", value).containsEntry("z", "z");
    }
  }

  @Test
  void should_replace_the_file_as_one_and_leave_nothing_beside_it() throws Exception {
    Path path = directory.resolve("etc/io.weir.cfg");
    ConfigFile file = new ConfigFile(path);
    assertThat(file.read().text()).isEmpty();
    file.write(WRITTEN);
    Path second = directory.resolve("link");
    Files.createLink(second, path);
    file.write(new ConfigFile.Content("a = 1\n"));
    assertThat(Files.readString(second, StandardCharsets.ISO_8859_1))
        .as("who has the old file open reads it whole")
        .isEqualTo(WRITTEN.text());
    assertThat(file.read().values()).isEqualTo(Map.of("a", "1"));
    assertThat(directory.resolve("etc")).isDirectoryContaining("glob:**io.weir.cfg");
    assertThat(path.getParent().toFile().list()).containsExactly("io.weir.cfg");
  }

  @Test
  void should_say_what_is_wrong_where_it_cannot_write() throws Exception {
    Path path = directory.resolve("etc");
    Files.writeString(path, "no directory");
    assertThatThrownBy(() -> new ConfigFile(path.resolve("io.weir.cfg")).write(WRITTEN))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining(path + "/io.weir.cfg: expected a file that can be written, got")
        .hasMessageEndingWith("nothing has changed");
  }
}
