package io.weir.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.itests.testing.GuidedFuzz;
import org.junit.jupiter.api.Test;

/** What a runtime hands over, variables a line each, an empty line, the configuration. */
public class CniGuidedFuzzTest {
  @Test
  void should_hold_for_whatever_coverage_finds() {
    GuidedFuzz.java(CniGuidedFuzzTest.class, CniGuidedFuzzTest::fuzzerTestOneInput);
  }

  public static void fuzzerTestOneInput(byte[] input) {
    CniFuzzTest.checkCall(new String(input, UTF_8));
  }
}
