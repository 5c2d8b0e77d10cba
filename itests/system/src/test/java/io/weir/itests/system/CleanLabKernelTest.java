package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsRoot
class CleanLabKernelTest {
  @Test
  void should_leave_the_host_as_it_was() {
    Lab lab = new Lab("clean");
    Map<String, List<String>> before = Host.snapshot(lab.name());
    try (lab) {
      lab.up();
      lab.apply(Yaml.echo("default", "one", "app: one"));
      assertThat(Host.snapshot(lab.name())).isNotEqualTo(before);
    }

    assertThat(Host.snapshot(lab.name())).isEqualTo(before);
  }

  /** The lines are those that {@code up} prints on its way: it is killed right after each. */
  @ParameterizedTest
  @ValueSource(strings = {"world:", "its engine starts", "in force after", "pod kube-system/"})
  void should_leave_the_host_as_it_was_when_killed_on_its_way(String line) throws IOException {
    Lab lab = new Lab("killed");
    Map<String, List<String>> before = Host.snapshot(lab.name());
    try (lab) {
      Process up = Run.start(lab.environment(), List.of(Run.WEIR, "lab", "up"));
      BufferedReader out = up.inputReader();
      String told = out.readLine();
      while (told != null && !told.contains(line)) {
        told = out.readLine();
      }
      assertThat(told).as("the line of up that has \"%s\"", line).isNotNull();
      up.destroyForcibly().onExit().join();
      assertThat(Host.snapshot(lab.name())).isNotEqualTo(before);
    }

    assertThat(Host.snapshot(lab.name())).isEqualTo(before);
  }

  @Test
  void should_have_nothing_to_do_where_no_lab_is() {
    assertThat(new Lab("none").lab("down")).contains("nothing to take away");
  }

  @Test
  void should_refuse_a_second_lab_of_the_same_name() {
    try (Lab lab = new Lab("twice")) {
      lab.up();

      Run.Ended again = lab.tryLab("up");

      assertThat(again.code()).isEqualTo(1);
      assertThat(again.err())
          .isEqualTo(
              "lab %1$s: it is up already, or was left half up; weir lab down --name %1$s\n"
                  .formatted(lab.name()));
      assertThat(lab.tryWeir("", "status").code()).isZero();
    }
  }
}
