package io.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void should_leave_the_command_as_it_is() {
    Words words = parse("xwing", "--name", "x", "--", "curl", "--name", "-s", "--", "a");

    assertThat(words.operands()).containsExactly("xwing");
    assertThat(words.value("--name", "")).isEqualTo("x");
    assertThat(words.command()).containsExactly("curl", "--name", "-s", "--", "a");
  }

  @Test
  void should_take_a_value_after_an_equals_sign() {
    assertThat(parse("--name=x").value("--name", "")).isEqualTo("x");
  }

  @Test
  void should_refuse_an_option_that_it_does_not_have() {
    assertThatThrownBy(() -> parse("--nosuch"))
        .isInstanceOf(Words.Misunderstood.class)
        .hasMessage("weir lab: expected an option that it has, got \"--nosuch\"; weir lab --help");
  }

  @Test
  void should_refuse_an_option_without_its_value() {
    assertThatThrownBy(() -> parse("--name"))
        .hasMessage("weir lab: expected a value after --name, got none; weir lab --help");
  }

  private static Words parse(String... words) {
    return Words.parse(List.of(words), Set.of("--name"), Set.of());
  }
}
