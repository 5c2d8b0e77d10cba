package io.weir.policy.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.ProblemException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NumbersTest {
  /** So few that contents clash at once. */
  private static final int BITS = 0x1f;

  @Test
  void should_give_a_content_the_same_number_without_anything_kept() {
    int first = contents(Map.of(), Integer.MAX_VALUE).acquire("a");
    ContentNumbers<String> later = contents(Map.of(), Integer.MAX_VALUE);
    later.acquire("b");
    assertThat(later.acquire("a")).isEqualTo(first).isPositive();
    assertThat(later.exceptions()).isEmpty();
  }

  @Test
  void should_give_each_content_a_number_of_its_own_and_keep_those_of_late_comers() {
    ContentNumbers<String> numbers = contents(Map.of(), BITS);
    Map<String, Integer> given = new HashMap<>();
    for (int i = 0; i < 20; i++) {
      given.put("c" + i, numbers.acquire("c" + i));
    }
    assertThat(new HashSet<>(given.values())).hasSize(20);
    assertThat(numbers.exceptions()).isNotEmpty();

    ContentNumbers<String> restarted = contents(numbers.exceptions(), BITS);
    for (int i = 19; i >= 0; i--) {
      assertThat(restarted.acquire("c" + i)).isEqualTo(given.get("c" + i));
    }
  }

  @Test
  void should_give_longer_numbers_once_most_short_ones_are_in_use() {
    ContentNumbers<String> numbers = contents(Map.of(), BITS);
    Map<String, Integer> given = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      given.put("c" + i, numbers.acquire("c" + i));
    }
    assertThat(new HashSet<>(given.values())).hasSize(100);
    assertThat(given.values()).filteredOn(number -> number <= BITS).hasSize(24);
    ContentNumbers<String> restarted = contents(numbers.exceptions(), BITS);
    for (int i = 99; i >= 0; i--) {
      assertThat(restarted.acquire("c" + i)).isEqualTo(given.get("c" + i));
    }
  }

  @Test
  void should_hold_a_number_as_often_as_it_was_acquired() {
    ContentNumbers<String> numbers = contents(Map.of(), Integer.MAX_VALUE);
    int number = numbers.acquire("a");
    numbers.acquire("a");
    numbers.release(number);
    assertThat(numbers.content(number)).isEqualTo("a");
    numbers.release(number);
    assertThat(numbers.content(number)).isNull();
  }

  @Test
  void should_give_numbers_in_turn_so_that_a_released_one_comes_back_last() {
    TurnNumbers<String> numbers =
        new TurnNumbers<String>("things", 1, 4, 1, Map.<String, Integer>of());
    assertThat(List.of(numbers.take("a"), numbers.take("b"))).containsExactly(1, 2);
    numbers.release("a");
    assertThat(numbers.take("c")).isEqualTo(3);
    assertThat(numbers.take("d")).isEqualTo(1);
    assertThatThrownBy(() -> numbers.take("e"))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("things: expected at most 3, got one more");
    assertThat(numbers.take("b")).isEqualTo(2);
  }

  @Test
  void should_go_on_where_it_stopped_after_a_restart() {
    TurnNumbers<String> numbers =
        new TurnNumbers<String>("things", 1, 9, 1, Map.<String, Integer>of());
    numbers.take("a");
    numbers.take("b");
    numbers.release("a");
    TurnNumbers<String> later =
        new TurnNumbers<String>("things", 1, 9, numbers.next(), numbers.given());
    assertThat(later.take("b")).isEqualTo(2);
    assertThat(later.take("c")).isEqualTo(3);
  }

  @Test
  void should_say_which_file_of_numbers_is_broken() {
    assertThatThrownBy(
            () -> Kept.decode(Optional.of("{\"slots\": {".getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(ProblemException.class)
        .hasMessageStartingWith(
            "state/policy-numbers.json: expected numbers of slots, blocks, classes and rules, as"
                + " Weir wrote them, got ")
        .hasMessageEndingWith(
            "; bring back a copy of the file, or remove it: policies then get new numbers");
    assertThat(Kept.decode(Optional.of(Kept.NOTHING.encode()))).isEqualTo(Kept.NOTHING);
    assertThat(Kept.decode(Optional.empty())).isEqualTo(Kept.NOTHING);
  }

  @Test
  void should_cut_ranges_into_blocks_that_cover_them_and_nothing_else() {
    for (int[] range :
        new int[][] {
          {0, 65535}, {1, 65535}, {80, 80}, {32000, 32768}, {1, 65534}, {65535, 65535}
        }) {
      Set<Integer> covered = new HashSet<>();
      for (PortBlocks.Block block : PortBlocks.of(range[0], range[1])) {
        for (int port = block.port(); port < block.port() + (1 << (16 - block.bits())); port++) {
          assertThat(covered.add(port)).as("%d twice", port).isTrue();
        }
      }
      assertThat(covered).hasSize(range[1] - range[0] + 1).contains(range[0], range[1]);
    }
    assertThat(PortBlocks.of(1, 65534)).hasSize(30);
    assertThat(PortBlocks.of(0, 65535)).hasSize(1);
  }

  private static ContentNumbers<String> contents(Map<String, Integer> exceptions, int bits) {
    return new ContentNumbers<>(text -> text.getBytes(StandardCharsets.UTF_8), exceptions, bits);
  }
}
