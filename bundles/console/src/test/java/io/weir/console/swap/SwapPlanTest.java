package io.weir.console.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SwapPlanTest {
  private final FakeEngine engine = new FakeEngine();

  @Test
  void should_refuse_what_would_stop_others() {
    engine.dependents.put("io.weir.base", Set.of("io.weir.user"));

    assertThatThrownBy(() -> plan("io.weir.base"))
        .hasMessage(
            "swap io.weir.base: expected to affect nothing else, got that it would stop and start"
                + " io.weir.user too; nothing was touched; weir bundle update replaces it all the"
                + " same");
  }

  @Test
  void should_say_what_a_control_restart_affects() {
    engine.dependents.put("io.weir.api", Set.of("io.weir.state", "io.weir.policy"));

    assertThat(plan("io.weir.api").sentence())
        .isEqualTo(
            "io.weir.api 1 -> 2: a control restart: io.weir.api, io.weir.policy, io.weir.state start"
                + " again, and who holds tables; what the kernel decides goes on");
  }

  @Test
  void should_say_that_nothing_else_is_affected() {
    assertThat(plan("io.weir.policy").sentence())
        .isEqualTo("io.weir.policy 1 -> 2: affects nothing else");
    assertThat(plan("io.weir.bpf").sentence())
        .isEqualTo("io.weir.bpf 1 -> 2: restarts io.weir.datapath, which reads it");
  }

  @Test
  void should_put_the_floor_first_and_the_console_last() {
    assertThat(
            Release.order(
                List.of(
                    "io.weir.console",
                    "io.weir.policy",
                    "io.weir.state",
                    "io.weir.bpf",
                    "io.weir.datapath",
                    "io.weir.api",
                    "io.weir.flows",
                    "io.weir.cni")))
        .containsExactly(
            List.of("io.weir.api", "io.weir.state"),
            List.of("io.weir.bpf", "io.weir.datapath"),
            List.of("io.weir.cni"),
            List.of("io.weir.policy"),
            List.of("io.weir.flows"),
            List.of("io.weir.console"));
  }

  private SwapPlan plan(String bundle) {
    return SwapPlan.of(List.of(new SwapPlan.Part(bundle, "1", "2", Path.of("new"))), engine);
  }
}
