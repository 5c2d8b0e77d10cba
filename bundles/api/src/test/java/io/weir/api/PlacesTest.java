package io.weir.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.StateFiles.Places;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private static final Supplier<String> MACHINE = () -> "Edge-7.Example.org\n";

  @Test
  void follow_from_the_machines_name_where_nothing_is_given() {
    assertThat(Places.here(key -> null, MACHINE))
        .isEqualTo(
            new Places(
                "edge-7.example.org",
                Path.of("/var/lib/weir/edge-7.example.org"),
                Path.of("/run/weir/edge-7.example.org"),
                Path.of("/sys/fs/bpf/weir/edge-7_example_org")));
  }

  @Test
  void are_those_that_are_given() {
    Map<String, String> given =
        Map.of("weir.node", "n7", "weir.base", "/b", "weir.run", "", "weir.bpffs", "/p");
    assertThat(Places.here(given::get, MACHINE))
        .isEqualTo(new Places("n7", Path.of("/b"), Path.of("/run/weir/n7"), Path.of("/p")));
  }

  @Test
  void are_refused_for_a_name_that_is_no_name_of_a_node() {
    for (String name : new String[] {"", "n_1", "../n", "-n", "n.", "n".repeat(64)}) {
      assertThatThrownBy(() -> Places.here(key -> null, () -> name))
          .isInstanceOf(ProblemException.class)
          .hasMessage(
              "node name: expected at most 63 lower-case letters, digits, and - or . between them,"
                  + " got \"%s\"; name it by the system property weir.node",
              name);
    }
  }
}
