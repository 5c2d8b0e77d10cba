package io.weir.cni;

import io.weir.itests.testing.GuidedFuzz;
import org.junit.jupiter.api.Test;

/** The CNI plugin: network configurations, and answers of an engine. */
class PluginGuidedFuzzTest {
  @Test
  void should_hold_for_whatever_coverage_finds() {
    GuidedFuzz.c("plugin", "src/test/c/fuzz_plugin.c");
  }
}
