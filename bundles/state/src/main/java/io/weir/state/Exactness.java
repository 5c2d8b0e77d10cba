package io.weir.state;

/**
 * The decisions that make epochs and following exact. They stand apart so that a test can get each
 * of them wrong, and see that the property tests notice.
 */
class Exactness {
  /** Whether an epoch has been fenced off by a newer one of the same owner. */
  boolean fenced(int epoch, int newest) {
    return epoch != newest;
  }

  /** Whether what an epoch has not written is swept when it begins. */
  boolean sweepsAtBegin() {
    return false;
  }

  /**
   * The version that a follower has acted on after a step that began with {@code taken}; {@code
   * current} has since been written.
   */
  <K, R> Version<K, R> actedOn(Version<K, R> taken, Version<K, R> current) {
    return taken;
  }
}
