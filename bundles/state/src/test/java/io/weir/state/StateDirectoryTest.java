package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.ProblemException;
import io.weir.api.StateFiles.Places;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {
  private static final byte[] ONE = "{\"one\": 1}".getBytes(StandardCharsets.UTF_8);
  private static final byte[] TWO = "{}".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path base;

  private StateDirectory files() {
    return new StateDirectory(new Places("n1", base, base, base));
  }

  @Test
  void should_read_what_was_written_last() {
    assertThat(files().read("identities.json")).isEmpty();
    files().write("identities.json", ONE);
    files().write("identities.json", TWO);
    assertThat(files().read("identities.json")).hasValue(TWO);
  }

  @Test
  void should_leave_only_the_file_for_its_owner_to_read() throws Exception {
    files().write("identities.json", ONE);
    try (var all = Files.list(base.resolve("state"))) {
      assertThat(all).containsExactly(base.resolve("state/identities.json"));
    }
    assertThat(Files.getPosixFilePermissions(base.resolve("state/identities.json")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void should_not_be_disturbed_by_what_a_crash_left_half_written() throws Exception {
    files().write("identities.json", ONE);
    Files.writeString(base.resolve("state/.identities.json.new"), "{\"tw");
    assertThat(files().read("identities.json")).hasValue(ONE);
    files().write("identities.json", TWO);
    assertThat(files().read("identities.json")).hasValue(TWO);
  }

  @Test
  void should_keep_the_old_file_and_say_why_when_the_new_one_cannot_be_written() throws Exception {
    files().write("identities.json", ONE);
    Files.createDirectory(base.resolve("state/.identities.json.new"));
    assertThatThrownBy(() -> files().write("identities.json", TWO))
        .isInstanceOf(ProblemException.class)
        .hasMessageStartingWith(
            base.resolve("state/identities.json") + ": expected a file that can be written, got ")
        .hasMessageEndingWith("; make room on the disk, or the directory writable");
    assertThat(files().read("identities.json")).hasValue(ONE);
  }

  @Test
  void should_take_file_names_only() {
    for (String name : new String[] {"../passwd", "a/b", "", ".hidden"}) {
      assertThatThrownBy(() -> files().read(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("expected a file name, got \"" + name + '"');
    }
  }

  @Test
  void should_find_its_places_by_properties_and_else_by_the_name_of_the_node() {
    System.setProperty("weir.node", "n7");
    System.setProperty("weir.run", base.toString());
    try {
      assertThat(new StateDirectory().places())
          .isEqualTo(
              new Places("n7", Path.of("/var/lib/weir/n7"), base, Path.of("/sys/fs/bpf/weir/n7")));
    } finally {
      System.clearProperty("weir.node");
      System.clearProperty("weir.run");
    }
  }
}
