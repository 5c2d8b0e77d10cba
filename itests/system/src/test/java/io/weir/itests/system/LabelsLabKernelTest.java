package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Labels of running pods change: what was allowed and stays allowed is never cut meanwhile. */
@NeedsRoot
@ExtendWith(SharedLab.class)
class LabelsLabKernelTest {
  private static final int CHANGES = 5;

  private final Lab lab;

  LabelsLabKernelTest(Lab lab) {
    this.lab = lab;
  }

  @BeforeAll
  static void pods(Lab lab) {
    lab.apply(
        Yaml.namespace("label")
            + Yaml.echo("label", "server", "app: server")
            + Yaml.shell("label", "friend", "app: friend")
            + Yaml.shell("label", "stranger", "app: stranger")
            + Yaml.ingress("label", "friends", "app: server", "app: friend"));
  }

  @Test
  void should_answer_without_a_gap_while_labels_that_do_not_matter_change() {
    String address = lab.addresses("label/server").get(0);
    try (Asking asking = Asking.start(lab, "label/friend", "http://" + address + "/")) {
      for (int change = 0; change < CHANGES; change++) {
        lab.apply(Yaml.shell("label", "friend", "app: friend, round: \"" + change + "\""));
        lab.apply(Yaml.echo("label", "server", "app: server, round: \"" + change + "\""));
        asking.awaitMore(5);
      }

      assertThat(asking.failures()).isEmpty();
    }
  }

  @Test
  void should_shut_out_and_let_in_as_soon_as_apply_has_returned() {
    String url = "http://" + lab.addresses("label/server").get(0) + "/";
    assertThat(lab.reaches("label/stranger", url)).isFalse();

    lab.apply(Yaml.shell("label", "stranger", "app: friend"));
    assertThat(lab.reaches("label/stranger", url)).isTrue();

    lab.apply(Yaml.shell("label", "stranger", "app: stranger"));
    assertThat(lab.reaches("label/stranger", url)).isFalse();
  }
}
