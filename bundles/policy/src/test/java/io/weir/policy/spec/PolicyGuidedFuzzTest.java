package io.weir.policy.spec;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.itests.testing.GuidedFuzz;
import org.junit.jupiter.api.Test;

/** Policies as YAML: compiled to rules, or refused by a sentence that names them. */
public class PolicyGuidedFuzzTest {
  @Test
  void should_hold_for_whatever_coverage_finds() {
    GuidedFuzz.java(PolicyGuidedFuzzTest.class, PolicyGuidedFuzzTest::fuzzerTestOneInput);
  }

  public static void fuzzerTestOneInput(byte[] input) {
    PolicyFuzzTest.checkText(new String(input, UTF_8));
  }
}
