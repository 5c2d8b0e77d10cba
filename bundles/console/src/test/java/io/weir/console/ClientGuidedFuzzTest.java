package io.weir.console;

import io.weir.itests.testing.GuidedFuzz;
import org.junit.jupiter.api.Test;

/** The native client: answers of an engine, and words of a command line. */
class ClientGuidedFuzzTest {
  @Test
  void should_hold_for_whatever_coverage_finds() {
    GuidedFuzz.c(
        "client",
        "src/test/c/fuzz_client.c",
        "src/main/c/java.c",
        "src/main/c/files.c",
        "src/main/c/terminal.c");
  }
}
