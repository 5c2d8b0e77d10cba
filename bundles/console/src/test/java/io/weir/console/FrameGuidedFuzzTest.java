package io.weir.console;

import io.weir.itests.testing.GuidedFuzz;
import org.junit.jupiter.api.Test;

/** What a client sends: frames and calls, or a sentence. */
public class FrameGuidedFuzzTest {
  @Test
  void should_hold_for_whatever_coverage_finds() {
    GuidedFuzz.java(FrameGuidedFuzzTest.class, FrameGuidedFuzzTest::fuzzerTestOneInput);
  }

  public static void fuzzerTestOneInput(byte[] input) {
    FrameFuzzTest.checkBytes(input);
  }
}
