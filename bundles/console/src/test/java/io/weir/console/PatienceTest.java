package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.SocketCall;
import io.weir.console.swap.Changes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PatienceTest extends DispatcherFixture {
  private int looks;

  @Test
  void should_wait_for_a_verb_while_bundles_are_on_their_way() {
    coming =
        () -> {
          if (++looks == 2) {
            handlers.add(handler("late", call -> 7));
          }
          return true;
        };
    assertThat(answer("late")).isEqualTo(7);
    assertThat(looks).isEqualTo(2);

    coming = () -> ++looks < 5;
    assertThat(answer("never")).isEqualTo(2);
    assertThat(err()).contains("is no verb of this engine");
    assertThat(looks).isGreaterThanOrEqualTo(5);
  }

  @Test
  void should_wait_for_a_verb_while_bundles_are_replaced() throws Exception {
    try (Changes.Turn replacement = changes.replacement(said -> {})) {
      coming =
          () -> {
            if (++looks == 3) {
              handlers.add(handler("status", call -> 7));
            }
            return false;
          };
      assertThat(answer("status")).isEqualTo(7);
    }
  }

  @Test
  void should_ask_again_where_a_bundle_is_replaced_beneath_a_call_that_changes_nothing() {
    coming = () -> true;
    handlers.add(handler("tables", call -> again(call, "")));
    assertThat(answer("tables")).isEqualTo(7);
    assertThat(out()).isEqualTo("2");

    looks = 0;
    handlers.add(handler("status", call -> again(call, "half an answer, ")));
    assertThat(answer("status")).as("of what was said already nothing is said twice").isEqualTo(1);
    assertThat(out()).isEqualTo("half an answer, ");

    looks = 0;
    handlers.add(handler("uninstall", call -> again(call, "")));
    assertThat(answer("uninstall")).as("what may have been done is not done twice").isEqualTo(1);
    assertThat(looks).isEqualTo(1);
  }

  @Test
  void should_send_a_caller_of_whom_nothing_was_done_to_the_next_console() {
    left = true;
    coming = () -> true;
    handlers.add(handler("tables", call -> again(call, "")));
    assertThat(answer("tables")).isEqualTo(2);
    assertThat(client.types()).containsExactly(Frame.AGAIN, Frame.EXIT);
    assertThat(answer("apply")).as("a verb that is not here any more").isEqualTo(2);
    assertThat(client.types()).containsExactly(Frame.AGAIN, Frame.EXIT);

    looks = 0;
    handlers.add(handler("status", call -> again(call, "half an answer, ")));
    assertThat(answer("status")).isEqualTo(1);
    assertThat(client.types()).doesNotContain(Frame.AGAIN);
    looks = 0;
    handlers.add(handler("uninstall", call -> again(call, "")));
    assertThat(answer("uninstall")).isEqualTo(1);
    assertThat(client.types()).doesNotContain(Frame.AGAIN);
  }

  @Test
  void should_begin_no_change_before_bundles_have_started_and_been_replaced() throws Exception {
    handlers.add(handler("apply", call -> ++looks));
    starting = () -> ++looks < 5;
    assertThat(answer("apply")).isEqualTo(6);

    looks = 0;
    Changes.Turn replacement = changes.replacement(said -> {});
    starting =
        () -> {
          if (++looks == 3) {
            replacement.close();
          }
          return false;
        };
    assertThat(answer("apply")).isEqualTo(4);
  }

  @Test
  void should_send_a_change_that_has_not_begun_to_the_next_console() throws Exception {
    handlers.add(handler("apply", call -> 7));
    handlers.add(handler("swap", call -> 7));
    try (Changes.Turn replacement = changes.replacement(said -> {})) {
      left = true;
      assertThat(answer("apply")).isEqualTo(2);
      assertThat(client.types()).containsExactly(Frame.AGAIN, Frame.EXIT);
      assertThat(answer("swap")).as("it is what replaces").isEqualTo(7);
    }
  }

  @Test
  void should_have_a_replacement_wait_for_a_change_that_is_under_way() throws Exception {
    List<CompletableFuture<Changes.Turn>> replacements = new ArrayList<>();
    handlers.add(
        handler(
            "apply",
            call -> {
              replacements.add(CompletableFuture.supplyAsync(this::replacement));
              Optional<Changes.Turn> another;
              do { // until the replacement waits
                another = changes.change();
                another.ifPresent(Changes.Turn::close);
              } while (another.isPresent());
              return replacements.get(0).isDone() ? 1 : 7;
            }));
    assertThat(answer("apply")).isEqualTo(7);
    replacements.get(0).get(1, TimeUnit.MINUTES).close();
  }

  private Changes.Turn replacement() {
    try {
      return changes.replacement(said -> {});
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private int again(SocketCall call, String said) {
    call.out().print(said);
    if (++looks == 1) {
      throw new IllegalStateException("Invalid BundleContext.");
    }
    call.out().print(looks);
    return 7;
  }
}
