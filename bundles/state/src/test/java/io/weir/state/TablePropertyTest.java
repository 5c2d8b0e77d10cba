package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.table.TableId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random writers and followers against what tables promise; and the proof that these tests would
 * notice if tables were wrong: three mutants, each of which makes one decision badly.
 */
@Timeout(120)
class TablePropertyTest {
  private static final int SEQUENCES = 400;
  private static final int RACES = 6;

  static TableId<String, String> id(boolean shared) {
    return shared
        ? TableId.shared("shared", String.class, String.class)
        : TableId.of("own", String.class, String.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void should_do_as_the_model_does(boolean shared) {
    for (long seed = 0; seed < SEQUENCES; seed++) {
      TableProperties.check(seed, shared, new Exactness());
    }
  }

  @Test
  void should_be_exact_under_concurrency() throws Exception {
    for (long seed = 0; seed < RACES; seed++) {
      ConcurrentProperties.check(seed, new Exactness());
    }
  }

  /** An epoch may write though a newer one of its owner has begun. */
  private static final class NoFence extends Exactness {
    @Override
    boolean fenced(int epoch, int newest) {
      return false;
    }
  }

  @Test
  void should_notice_a_table_without_fences() throws Exception {
    assertThat(sequencesFail(new NoFence())).contains("outcome after").contains("\"fenced\"");
    assertThat(racesFail(new NoFence()))
        .containsAnyOf(
            "an older turn wrote after a newer one",
            "a row that its owner always writes was away",
            "rows of the last turns");
  }

  /** Rows of an owner's last epoch are swept when its new one begins. */
  private static final class EarlySweep extends Exactness {
    @Override
    boolean sweepsAtBegin() {
      return true;
    }
  }

  @Test
  void should_notice_an_early_sweep() throws Exception {
    assertThat(sequencesFail(new EarlySweep())).contains("rows after");
    assertThat(racesFail(new EarlySweep())).contains("a row that its owner always writes was away");
  }

  /** What is written during a follower's step counts as acted on. */
  private static final class LostCoalescedChange extends Exactness {
    @Override
    <K, R> Version<K, R> actedOn(Version<K, R> taken, Version<K, R> current) {
      return current;
    }
  }

  @Test
  void should_notice_a_lost_coalesced_change() throws Exception {
    assertThat(racesFail(new LostCoalescedChange()))
        .containsAnyOf(
            "a change was told from a row that the follower has not seen",
            "a follower's changes do not lead up to its snapshot",
            "what a follower was told");
  }

  /** The first failure of random sequences. */
  private static String sequencesFail(Exactness mutant) {
    for (long seed = 0; seed < SEQUENCES; seed++) {
      try {
        TableProperties.check(seed, true, mutant);
      } catch (AssertionError e) {
        return e.getMessage();
      }
    }
    return "none of the sequences failed";
  }

  private static String racesFail(Exactness mutant) throws InterruptedException {
    for (long seed = 0; seed < RACES; seed++) {
      try {
        ConcurrentProperties.check(seed, mutant);
      } catch (AssertionError e) {
        return e.getMessage();
      }
    }
    return "none of the races failed";
  }
}
