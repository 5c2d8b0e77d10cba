package io.weir.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.row.Identity;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class NumbersTest {
  private static final Duration PATIENCE = Duration.ofMinutes(30);
  private static final SortedMap<String, String> A = labels("a");
  private static final SortedMap<String, String> B = labels("b");
  private static final Instant T0 = Instant.EPOCH;

  private final Numbers numbers = new Numbers(NumbersFile.Content.EMPTY, T0);

  @Test
  void should_give_one_number_to_one_set_of_labels() {
    numbers.use(Set.of(A, B), T0, PATIENCE);
    int a = numbers.number(A).orElseThrow();
    assertThat(a).isBetween(Identity.FIRST_POD, Identity.END_POD - 1);
    assertThat(numbers.number(B)).get().isNotEqualTo(a);
    numbers.use(Set.of(A, B), T0, PATIENCE);
    assertThat(numbers.number(A)).contains(a);
  }

  @Test
  void should_keep_a_number_while_it_is_idle_and_not_give_it_away_at_once() {
    numbers.use(Set.of(A), T0, PATIENCE);
    int a = numbers.number(A).orElseThrow();
    numbers.use(Set.of(), T0, PATIENCE);
    Instant due = numbers.nextRelease(PATIENCE).orElseThrow();
    assertThat(due).isEqualTo(T0.plus(PATIENCE));
    numbers.use(Set.of(B), due.minusMillis(1), PATIENCE);
    assertThat(numbers.number(A)).contains(a);
    numbers.use(Set.of(B), due, PATIENCE);
    assertThat(numbers.number(A)).isEmpty();
    numbers.use(Set.of(A, B), due, PATIENCE);
    assertThat(numbers.number(A)).as("the whole range comes first").get().isNotEqualTo(a);
  }

  @Test
  void should_give_the_same_numbers_after_a_restart() {
    numbers.use(Set.of(A, B), T0, PATIENCE);
    Numbers restarted = restart(numbers);
    restarted.use(Set.of(B, A), T0, PATIENCE);
    assertThat(restarted.number(A)).isEqualTo(numbers.number(A));
    assertThat(restarted.number(B)).isEqualTo(numbers.number(B));
    assertThat(restarted.unsaved()).isFalse();
    restarted.use(Set.of(A, B, labels("c")), T0, PATIENCE);
    assertThat(restarted.unsaved()).isTrue();
  }

  @Test
  void should_say_when_all_numbers_are_taken_and_leave_what_was_given() {
    Set<SortedMap<String, String>> all = new HashSet<>();
    for (int i = Identity.FIRST_POD; i < Identity.END_POD; i++) {
      all.add(labels("x" + i));
    }
    numbers.use(all, T0, PATIENCE);
    assertThat(numbers.identities())
        .hasSize(65280)
        .extracting(Identity::number)
        .doesNotHaveDuplicates();
    all.add(A);
    assertThatThrownBy(() -> numbers.use(all, T0, PATIENCE))
        .hasMessage(
            "identities: expected at most 65280 sets of labels, got one more: {k8s:app=a}; leave"
                + " labels that differ from pod to pod out of identities by the setting labels");
    assertThat(numbers.number(labels("x300"))).isPresent();
  }

  @Test
  void should_say_what_is_wrong_with_its_file() {
    String start =
        "state/identities.json: expected numbers and their labels, as Weir wrote them, got ";
    String end = "; bring back a copy of the file, or remove it: pods then get new numbers";
    for (String text :
        List.of("", "{", "[]", "{\"next\": 256}", "{\"next\": 5, \"identities\": {}}")) {
      assertThatThrownBy(() -> NumbersFile.decode(bytes(text)))
          .hasMessageStartingWith(start)
          .hasMessageEndingWith(end);
    }
    assertThatThrownBy(
            () -> NumbersFile.decode(bytes("{\"next\": 256, \"identities\": {\"1\": {}}}")))
        .hasMessage(start + "1 for {}" + end);
    assertThat(NumbersFile.decode(Optional.empty())).isEqualTo(NumbersFile.Content.EMPTY);
  }

  private static Numbers restart(Numbers numbers) {
    return new Numbers(NumbersFile.decode(Optional.of(NumbersFile.encode(numbers.content()))), T0);
  }

  private static Optional<byte[]> bytes(String text) {
    return Optional.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static SortedMap<String, String> labels(String app) {
    return new TreeMap<>(Map.of("k8s:app", app));
  }
}
