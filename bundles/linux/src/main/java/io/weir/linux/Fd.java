package io.weir.linux;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** A file descriptor with one owner, who closes it. */
public final class Fd implements AutoCloseable {
  private static final int CLOSED = -1;

  private final AtomicInteger number;
  private final IntConsumer closing;

  /** Takes {@code number} over; {@code closing} is called with it, once. */
  public Fd(int number, IntConsumer closing) {
    if (number < 0) {
      throw new IllegalArgumentException("no descriptor: " + number);
    }
    this.number = new AtomicInteger(number);
    this.closing = closing;
  }

  /**
   * @throws IllegalStateException once it is closed or given away
   */
  public int number() {
    int open = number.get();
    if (open == CLOSED) {
      throw new IllegalStateException("the descriptor is closed");
    }
    return open;
  }

  /** Gives the descriptor away: the caller closes the number that is returned. */
  public int release() {
    int open = number.getAndSet(CLOSED);
    if (open == CLOSED) {
      throw new IllegalStateException("the descriptor is closed");
    }
    return open;
  }

  @Override
  public void close() {
    int open = number.getAndSet(CLOSED);
    if (open != CLOSED) {
      closing.accept(open);
    }
  }
}
