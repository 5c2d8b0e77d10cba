package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunsTest {
  private record Run(int base, int length) {}

  @Test
  void never_gives_a_place_out_twice_and_forgets_none() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      Runs runs = new Runs(64);
      BitSet taken = new BitSet();
      List<Run> given = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        if (!given.isEmpty() && random.nextInt(3) == 0) {
          Run run = given.remove(random.nextInt(given.size()));
          runs.release(run.base(), run.length());
          taken.clear(run.base(), run.base() + run.length());
          continue;
        }
        int length = random.nextInt(6);
        try {
          int base = runs.allocate(length);
          assertThat(taken.get(base, base + length).isEmpty()).isTrue();
          assertThat(base + length).isLessThanOrEqualTo(64);
          taken.set(base, base + length);
          given.add(new Run(base, length));
        } catch (io.weir.api.ProblemException e) {
          assertThat(longestFree(taken)).isLessThan(length);
        }
      }
      given.forEach(run -> runs.release(run.base(), run.length()));
      assertThat(runs.allocate(64)).isZero();
    }
  }

  @Test
  void adopts_what_was_given_out_before() {
    Runs runs = new Runs(10);
    assertThat(runs.take(2, 3)).isTrue();
    assertThat(runs.take(4, 2)).isFalse();
    assertThat(runs.take(8, 3)).isFalse();
    assertThat(runs.allocate(2)).isZero();
    assertThat(runs.allocate(3)).isEqualTo(5);
  }

  @Test
  void says_what_does_not_fit() {
    assertThatThrownBy(() -> new Runs(4).allocate(5))
        .hasMessage(
            "map backends: expected room for 5 more backends in a row, got a map of 4 places without such room;"
                + " remove services, or backends of services");
  }

  private static int longestFree(BitSet taken) {
    int longest = 0;
    int run = 0;
    for (int i = 0; i < 64; i++) {
      run = taken.get(i) ? 0 : run + 1;
      longest = Math.max(longest, run);
    }
    return longest;
  }
}
