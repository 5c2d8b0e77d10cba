package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerbsTest {
  private static final List<String> VERBS =
      List.of("apply", "delete", "endpoints", "flows", "get", "policy", "services", "status");

  @ParameterizedTest
  @CsvSource({
    "stauts, status",
    "aply, apply",
    "flow, flows",
    "fl, flows",
    "gt, get",
    "endpoint, endpoints",
    "servcies, services",
    "delet, delete"
  })
  void should_find_what_a_slip_was_meant_to_be(String word, String verb) {
    assertThat(Verbs.nearest(word, VERBS)).contains(verb);
  }

  @ParameterizedTest
  @CsvSource({"frobnicate", "x", "got-it", "ps"})
  void should_find_nothing_for_what_is_no_slip(String word) {
    assertThat(Verbs.nearest(word, VERBS)).isEmpty();
  }

  @Test
  void should_count_what_differs() {
    assertThat(Verbs.distance("", "abc")).isEqualTo(3);
    assertThat(Verbs.distance("abc", "abc")).isZero();
    assertThat(Verbs.distance("abcd", "acbd")).isEqualTo(1);
    assertThat(Verbs.distance("kitten", "sitting")).isEqualTo(3);
  }
}
