package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is shipped, and what is not. */
class DistributionTest {
  @Test
  void should_have_neither_users_nor_a_server_of_ssh_http_or_jmx() throws IOException {
    assertThat(names(Run.HOME.resolve("etc")))
        .doesNotContain("users.properties", "keys.properties", "host.key")
        .noneMatch(name -> name.matches(".*(ssh|http|jetty|undertow|pax\\.web|management).*"));
    assertThat(jars())
        .isNotEmpty()
        .noneMatch(name -> name.matches(".*(ssh|http|jetty|undertow|pax-web|jolokia|jmx|manag).*"));
  }

  @Test
  void should_list_the_licence_of_whatever_others_made() throws IOException {
    List<String> listed = Files.readAllLines(Run.HOME.resolve("THIRD-PARTY.txt"));
    TreeSet<String> unlisted = jars();
    unlisted.removeIf(jar -> jar.startsWith("io.weir."));
    assertThat(unlisted).isNotEmpty();
    for (String line : listed) {
      String[] words = line.split(" +", 2);
      assertThat(words).as(line).hasSize(2);
      unlisted.remove(words[0] + ".jar");
    }
    assertThat(unlisted).isEmpty();
    assertThat(Run.HOME.resolve("LICENSE")).exists();
    assertThat(names(Run.HOME.resolve("LICENSES"))).isNotEmpty();
  }

  private static TreeSet<String> jars() throws IOException {
    TreeSet<String> jars = new TreeSet<>();
    for (String place : List.of("system", "lib")) {
      for (String name : names(Run.HOME.resolve(place))) {
        if (name.endsWith(".jar")) {
          jars.add(name);
        }
      }
    }
    return jars;
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).toList();
    }
  }

  /**
   * The installer of files writes them back in place otherwise, and reads what it has half written.
   */
  @Test
  void should_leave_the_files_of_etc_to_their_operator() throws IOException {
    assertThat(Files.readString(Run.HOME.resolve("etc/config.properties")))
        .containsPattern("(?m)^felix.fileinstall.enableConfigSave *= *false$");
  }
}
