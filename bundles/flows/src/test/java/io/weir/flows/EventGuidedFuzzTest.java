package io.weir.flows;

import io.weir.itests.testing.GuidedFuzz;
import org.junit.jupiter.api.Test;

/** Records of the ring: skipped, or told on one line, as text and as JSON. */
public class EventGuidedFuzzTest {
  @Test
  void should_hold_for_whatever_coverage_finds() {
    GuidedFuzz.java(EventGuidedFuzzTest.class, EventGuidedFuzzTest::fuzzerTestOneInput);
  }

  public static void fuzzerTestOneInput(byte[] input) {
    new EventFuzzTest().check(input);
  }
}
