package io.weir.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.services.Draft.Claim;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IdsTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final Claim A = claim("10.96.0.1", "a");
  private static final Claim B = claim("10.96.0.2", "b");
  private static final Claim C = claim("10.96.0.3", "c");

  private final Ids ids = new Ids(IdsFile.Content.EMPTY, 0);

  @Test
  void should_keep_numbers_whatever_else_comes() {
    ids.use(Set.of(B), 0);
    ids.use(Set.of(A, B, C), SECOND);
    assertThat(numbers(ids, A, B, C)).containsExactly(2, 1, 3);
  }

  @Test
  void should_give_numbers_in_the_order_of_services() {
    ids.use(new HashSet<>(List.of(C, A, B)), 0);
    assertThat(numbers(ids, A, B, C)).containsExactly(1, 2, 3);
  }

  @Test
  void should_give_the_same_number_to_one_that_is_made_anew_within_a_minute() {
    ids.use(Set.of(A, B), 0);
    ids.use(Set.of(A), 10 * SECOND);
    ids.use(Set.of(A, B), 69 * SECOND);
    assertThat(numbers(ids, B)).containsExactly(2);
    assertThat(ids.resting()).isZero();
  }

  @Test
  void should_give_another_number_to_the_same_address_of_another_service() {
    ids.use(Set.of(A), 0);
    Claim other = new Claim(A.frontend(), Some.key("other"));
    ids.use(Set.of(other), SECOND);
    assertThat(numbers(ids, other)).containsExactly(2);
  }

  @Test
  void should_give_no_number_that_has_rested_less_than_a_minute() {
    Ids two = new Ids(IdsFile.Content.EMPTY, 0, 2);
    two.use(Set.of(A, B), 0);
    assertThat(two.use(Set.of(B, C), 10 * SECOND)).containsExactly(C);
    assertThat(two.nextRelease()).hasValue(70 * SECOND);
    assertThat(two.use(Set.of(B, C), 70 * SECOND - 1)).containsExactly(C);
    assertThat(two.use(Set.of(B, C), 70 * SECOND)).isEmpty();
    assertThat(numbers(two, B, C)).containsExactly(2, 1);
  }

  @Test
  void should_take_numbers_in_turn() {
    ids.use(Set.of(A), 0);
    ids.use(Set.of(), SECOND);
    ids.use(Set.of(B), 1000 * SECOND);
    assertThat(numbers(ids, B)).containsExactly(2);
  }

  @Test
  void should_begin_from_the_start_after_the_last() {
    Ids three = new Ids(IdsFile.Content.EMPTY, 0, 3);
    three.use(Set.of(A), 0);
    three.use(Set.of(A, B), 0);
    three.use(Set.of(B), 0);
    three.use(Set.of(B, C), 100 * SECOND);
    three.use(Set.of(A, B, C), 200 * SECOND);
    assertThat(numbers(three, A, B, C)).containsExactly(1, 2, 3);
  }

  @Test
  void should_give_65535_numbers_and_say_who_has_none() {
    Set<Claim> all = new HashSet<>();
    IntStream.range(0, 65536)
        .forEach(
            i ->
                all.add(
                    claim("10.%d.%d.%d".formatted(100 + (i >> 16), i >> 8 & 255, i & 255), "x")));
    assertThat(ids.use(all, 0)).containsExactly(claim("10.100.255.255", "x"));
    assertThat(ids.inUse()).isEqualTo(65535);
    assertThat(ids.content().ids().firstKey()).isEqualTo(1);
    assertThat(ids.content().ids().lastKey()).isEqualTo(65535);
  }

  @Test
  void should_go_on_with_what_was_kept() {
    ids.use(Set.of(A, B), 0);
    Ids successor = new Ids(ids.content(), 5000 * SECOND);
    assertThat(successor.use(Set.of(B, C), 5001 * SECOND)).isEmpty();
    assertThat(numbers(successor, B, C)).containsExactly(2, 3);
    assertThat(successor.resting()).isEqualTo(1);
  }

  @Test
  void should_want_to_be_saved_when_it_has_given_a_number_only() {
    ids.use(Set.of(A), 0);
    assertThat(ids.unsaved()).isTrue();
    ids.saved();
    ids.use(Set.of(), SECOND);
    ids.use(Set.of(A), 2 * SECOND);
    assertThat(ids.unsaved()).isFalse();
  }

  private static List<Integer> numbers(Ids ids, Claim... claims) {
    return List.of(claims).stream().map(claim -> ids.id(claim).orElseThrow()).toList();
  }

  private static Claim claim(String address, String service) {
    return new Claim(Some.frontend(address, 80, Protocol.TCP), Some.key(service));
  }
}
