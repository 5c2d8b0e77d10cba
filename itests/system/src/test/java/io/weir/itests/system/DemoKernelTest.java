package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@NeedsRoot
class DemoKernelTest {
  @Test
  void should_show_what_it_promises() {
    String name = new Lab("demo").name();
    var before = Host.snapshot(name);

    Run.Ended ended =
        Run.run(
            Map.of("WEIR_LAB", name, "KEEP", ""),
            "",
            List.of(Run.ROOT.resolve("itests/demo/demo").toString()));

    assertThat(ended.code()).as(ended.told()).isZero();
    assertThat(ended.out())
        .containsSubsequence(
            "No policy",
            "✓ tiefighter: Ship landed",
            "✓ xwing: Ship landed",
            "✓ tiefighter: Ship landed",
            "✓ xwing: no answer",
            "landings during the update, none failed",
            "✓ dropped: policy denied",
            "All as it should be");
    assertThat(ended.out()).contains("rule1").doesNotContain("✗");
    assertThat(Host.snapshot(name)).isEqualTo(before);
  }
}
