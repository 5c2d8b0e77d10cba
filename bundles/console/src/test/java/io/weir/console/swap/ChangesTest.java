package io.weir.console.swap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ChangesTest {
  private final Changes changes = new Changes(TimeUnit.MINUTES.toNanos(1));
  private final List<String> said = new ArrayList<>();

  @Test
  void should_let_a_replacement_wait_for_what_is_under_way() throws Exception {
    Changes.Turn first = changes.change().orElseThrow();
    Changes.Turn second = changes.change().orElseThrow();
    CompletableFuture<Changes.Turn> replacement = CompletableFuture.supplyAsync(this::replacement);
    while (changes.change().map(ChangesTest::closed).isPresent()) {
      Thread.onSpinWait(); // until the replacement waits
    }
    first.close();
    assertThat(replacement).isNotDone();
    second.close();
    try (Changes.Turn turn = replacement.get(1, TimeUnit.MINUTES)) {
      assertThat(said).hasSize(1).first().asString().startsWith("waits for calls that change");
    }
  }

  @Test
  void should_give_no_turn_while_bundles_are_replaced_of_this_console_or_another()
      throws Exception {
    try (Changes.Turn turn = changes.replacement(said::add)) {
      assertThat(changes.change()).isEmpty();
      assertThat(new Changes().change()).isEmpty();
    }
    assertThat(changes.change()).isPresent();
  }

  @Test
  void should_not_wait_for_ever_and_say_so() throws Exception {
    Changes impatient = new Changes(TimeUnit.MILLISECONDS.toNanos(1));
    try (Changes.Turn slow = impatient.change().orElseThrow();
        Changes.Turn turn = impatient.replacement(said::add)) {
      assertThat(said)
          .containsExactly(
              "waits for calls that change something: 1",
              "calls that have not ended after 0 s: 1; they may be cut");
    }
  }

  private Changes.Turn replacement() {
    try {
      return changes.replacement(said::add);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean closed(Changes.Turn turn) {
    turn.close();
    return true;
  }
}
