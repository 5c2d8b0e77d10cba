package io.weir.linux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GateTest {
  private final Gate gate = new Gate("the thing");

  @Test
  void should_refuse_calls_once_it_is_closed() {
    gate.enter();
    gate.leave();
    assertThat(gate.close()).isTrue();
    assertThat(gate.close()).isFalse();
    assertThatThrownBy(gate::enter).hasMessage("the thing is closed");
  }

  @Test
  void should_close_only_after_the_last_call_has_left() throws Exception {
    gate.enter();
    gate.enter();
    CompletableFuture<Boolean> closing = CompletableFuture.supplyAsync(gate::close);
    while (true) {
      try {
        gate.enter();
        gate.leave();
      } catch (IllegalStateException closed) {
        break;
      }
    }
    gate.leave();
    // One call is still inside; the closing thread looks many times in this while.
    assertThatThrownBy(() -> closing.get(50, TimeUnit.MILLISECONDS))
        .isInstanceOf(java.util.concurrent.TimeoutException.class);
    gate.leave();
    assertThat(closing.get(30, TimeUnit.SECONDS)).isTrue();
  }
}
