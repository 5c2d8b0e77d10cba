package io.weir.itests.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class FuzzTest {
  private static final List<String> TEXTS = List.of("port: 80\n", "name: \"web\"\n");
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONGEST = Duration.ofSeconds(10);

  @Test
  void should_make_the_same_inputs_of_the_same_seed_and_few_of_them_twice() {
    List<String> inputs = new ArrayList<>();
    Fuzz.run(5, SHORT, LONGEST, fuzz -> fuzz.text(TEXTS), inputs::add);
    List<String> again = new ArrayList<>();
    Fuzz.run(5, SHORT, LONGEST, fuzz -> fuzz.text(TEXTS), again::add);
    int both = Math.min(inputs.size(), again.size());
    assertThat(both).isGreaterThan(20);
    assertThat(again.subList(0, both)).isEqualTo(inputs.subList(0, both));
    assertThat(new HashSet<>(inputs).size()).isGreaterThan(inputs.size() / 2);
  }

  @Test
  void should_name_the_seed_that_brings_a_failing_input_back_as_the_first() {
    Fuzz.Target<byte[]> fragile =
        bytes -> {
          if (bytes.length > 0 && bytes[0] < 0) {
            throw new IllegalStateException("below zero");
          }
        };
    List<byte[]> seeds = List.of("ab".getBytes(UTF_8), "cd".getBytes(UTF_8));
    Throwable first = failure(1, seeds, fragile, LONGEST);
    assertThat(first).hasMessageContaining("below zero").hasMessageContaining("the input:\n");
    long seed = Long.parseLong(first.getMessage().replaceAll("(?s).*seed=(\\d+);.*", "$1"));
    List<byte[]> taken = new ArrayList<>();
    Throwable second =
        failure(
            seed,
            seeds,
            bytes -> {
              taken.add(bytes);
              fragile.take(bytes);
            },
            LONGEST);
    assertThat(second).hasMessage(first.getMessage());
    assertThat(taken).hasSize(1);
  }

  @Test
  void should_tell_an_input_on_which_a_parser_hangs() {
    CountDownLatch never = new CountDownLatch(1);
    assertThat(failure(1, List.of(new byte[1]), bytes -> never.await(), Duration.ofMillis(100)))
        .hasMessageContaining("not done after PT0.1S");
    never.countDown();
  }

  @Test
  void should_damage_trees_at_every_depth() {
    Object tree = Map.of("spec", Map.of("ports", List.of(Map.of("port", "80"))));
    Set<Object> seen = new HashSet<>();
    Fuzz.run(1, SHORT, LONGEST, fuzz -> fuzz.tree(tree, Arrays.asList(7L)), seen::add);
    assertThat(seen)
        .contains(
            7L,
            Map.of(),
            Map.of("spec", 7L),
            Map.of("spec", Map.of("ports", List.of())),
            Map.of("spec", Map.of("ports", List.of(Map.of("port", 7L)))));
  }

  private static Throwable failure(
      long seed, List<byte[]> seeds, Fuzz.Target<byte[]> target, Duration longest) {
    Throwable[] thrown = new Throwable[1];
    assertThatThrownBy(
            () ->
                Fuzz.run(seed, Duration.ofSeconds(30), longest, fuzz -> fuzz.bytes(seeds), target))
        .isInstanceOf(AssertionError.class)
        .satisfies(failure -> thrown[0] = failure);
    return thrown[0];
  }
}
