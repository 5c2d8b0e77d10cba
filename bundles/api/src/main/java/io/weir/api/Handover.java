package io.weir.api;

import java.util.List;
import java.util.Optional;

/**
 * Keeps descriptors, with a small record of state, between a bundle's deactivation and its
 * successor's activation. A descriptor crosses only here, and belongs to exactly one side at a
 * time.
 */
public interface Handover {
  /**
   * Takes ownership of {@code descriptors} under {@code name}; what was parked there before is
   * closed. What nobody has taken after a minute is closed too, and said in the log.
   */
  void park(String name, List<Integer> descriptors, byte[] state);

  /** Gives ownership to the caller. */
  Optional<Parcel> take(String name);

  /** What was parked. */
  record Parcel(List<Integer> descriptors, byte[] state) {}
}
