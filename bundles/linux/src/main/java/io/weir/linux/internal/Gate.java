package io.weir.linux.internal;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets calls in until it is closed; closing returns when all have left. Whoever enters in vain gets
 * an exception, never unmapped memory.
 */
final class Gate {
  private static final int CLOSED = 1 << 30;
  private static final long LOOK_AGAIN_NANOS = 20_000;

  private final String what;
  private final AtomicInteger state = new AtomicInteger();

  /**
   * @param what is closed, as a noun phrase
   */
  Gate(String what) {
    this.what = what;
  }

  /** Each call that returns is followed by {@link #leave}. */
  void enter() {
    if (state.incrementAndGet() >= CLOSED) {
      state.decrementAndGet();
      throw new IllegalStateException(what + " is closed");
    }
  }

  void leave() {
    state.decrementAndGet();
  }

  /** False when it was closed before. */
  boolean close() {
    int before = state.getAndUpdate(now -> now >= CLOSED ? now : now + CLOSED);
    while (state.get() != CLOSED) {
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
    return before < CLOSED;
  }
}
