package io.weir.api;

import java.util.List;
import java.util.Optional;

/**
 * Keeps descriptors, with a small record of state, between a bundle's deactivation and its
 * successor's activation; and over the death of the process what was announced before. A descriptor
 * crosses only here, and belongs to exactly one side at a time.
 */
public interface Handover {
  /**
   * Takes ownership of {@code descriptors} under {@code name}; what was parked there before is
   * closed. What nobody has taken after a minute is closed too, and said in the log.
   */
  void park(String name, List<Integer> descriptors, byte[] state);

  /**
   * Gives ownership to the caller: of what was parked, or of what the process before had kept under
   * that name when it died. What nobody has asked for a minute after the start is closed.
   */
  Optional<Parcel> take(String name);

  /**
   * Has duplicates kept outside of this process, so that the next one can take them should this one
   * die without a word; in place of what was kept under {@code name} before. The caller goes on
   * owning the descriptors, and calls {@link #forget} before it closes them. What is taken, by
   * whomever, stays kept.
   *
   * @return false where nobody is outside who keeps anything
   * @throws ProblemException when it is too much to keep
   */
  boolean keep(String name, List<Integer> descriptors, byte[] state);

  /** Ends {@link #keep}; nothing where nothing was kept. */
  void forget(String name);

  /** What was parked. */
  record Parcel(List<Integer> descriptors, byte[] state) {}
}
