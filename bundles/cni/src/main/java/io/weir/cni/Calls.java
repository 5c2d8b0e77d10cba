package io.weir.cni;

import java.time.Duration;

/** The calls under way, so that the bundle does not leave in the midst of one. */
final class Calls {
  private int running;
  private boolean refusing;

  /** Whether the call may go on; it ends by {@link #end} then. */
  synchronized boolean begin() {
    if (!refusing) {
      running++;
    }
    return !refusing;
  }

  synchronized void end() {
    running--;
    notifyAll();
  }

  /** Lets no more calls begin, and waits until those under way have ended, or for {@code limit}. */
  synchronized void refuse(Duration limit) {
    refusing = true;
    long end = System.nanoTime() + limit.toNanos();
    try {
      for (long left = limit.toMillis(); running > 0 && left > 0; ) {
        wait(left);
        left = Duration.ofNanos(end - System.nanoTime()).toMillis();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
