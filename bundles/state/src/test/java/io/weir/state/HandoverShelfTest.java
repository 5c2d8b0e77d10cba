package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Handover.Parcel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HandoverShelfTest {
  private static final byte[] STATE = {1, 2, 3};

  private final BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
  private final HandoverShelf shelf = new HandoverShelf(Duration.ofMinutes(1));

  @AfterEach
  void stop() {
    shelf.stop();
  }

  @Test
  void should_give_what_was_parked_to_the_first_who_asks() {
    shelf.closer(closed::add);
    shelf.park("listener", List.of(7, 8), STATE);
    Parcel parcel = shelf.take("listener").orElseThrow();
    assertThat(parcel.descriptors()).containsExactly(7, 8);
    assertThat(parcel.state()).isEqualTo(STATE);
    assertThat(shelf.take("listener")).isEmpty();
    assertThat(closed).as("the taker owns them").isEmpty();
  }

  @Test
  void should_close_what_was_parked_before_under_the_same_name() {
    shelf.closer(closed::add);
    shelf.park("listener", List.of(7), STATE);
    shelf.park("listener", List.of(9), STATE);
    assertThat(closed).containsExactly(7);
  }

  @Test
  void should_close_what_nobody_takes() throws Exception {
    HandoverShelf hasty = new HandoverShelf(Duration.ofMillis(1));
    hasty.closer(closed::add);
    hasty.park("listener", List.of(7), STATE);
    assertThat(closed.take()).isEqualTo(7);
    assertThat(hasty.take("listener")).isEmpty();
    hasty.stop();
  }

  @Test
  void should_close_later_when_nobody_is_there_who_can() {
    shelf.park("listener", List.of(7), STATE);
    shelf.park("listener", List.of(9), STATE);
    assertThat(closed).isEmpty();
    shelf.closer(closed::add);
    assertThat(closed).containsExactly(7);
  }

  @Test
  void should_close_what_is_left_when_the_service_ends() {
    shelf.closer(closed::add);
    shelf.park("listener", List.of(7), STATE);
    shelf.stop();
    assertThat(closed).containsExactly(7);
  }
}
