package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import org.junit.jupiter.api.Test;

/** Several nodes in a lab, and one whose uplink fails. */
@NeedsRoot
class NodesLabKernelTest {
  private static final String OUTSIDE = "http://203.0.113.10/";

  @Test
  void should_have_an_engine_a_node_and_take_an_uplink_down_and_up() {
    try (Lab lab = new Lab("two")) {
      lab.lab("up", "--nodes", "2");
      for (String node : new String[] {"n1", "n2"}) {
        assertThat(lab.on(node, Run.WEIR, "status"))
            .containsPattern("engine +ok +" + lab.name() + "-" + node);
      }
      lab.apply(Yaml.shell("default", "client", "app: client"));
      assertThat(lab.reaches("client", OUTSIDE)).isTrue();
      lab.lab("fail", "n1");
      assertThat(lab.reaches("client", OUTSIDE)).isFalse();
      assertThat(lab.tryWeir("", "status").code()).as("the engine itself goes on").isZero();
      lab.lab("start", "n1");
      assertThat(lab.reaches("client", OUTSIDE)).isTrue();
    }
  }
}
