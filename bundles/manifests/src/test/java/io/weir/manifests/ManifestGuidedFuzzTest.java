package io.weir.manifests;

import io.weir.itests.testing.GuidedFuzz;
import org.junit.jupiter.api.Test;

/** Bytes of a manifest: read, or refused by sentences; what was read is written and read alike. */
public class ManifestGuidedFuzzTest {
  @Test
  void should_hold_for_whatever_coverage_finds() {
    GuidedFuzz.java(ManifestGuidedFuzzTest.class, ManifestGuidedFuzzTest::fuzzerTestOneInput);
  }

  public static void fuzzerTestOneInput(byte[] input) {
    ManifestFuzzTest.checkBytes(input);
  }
}
