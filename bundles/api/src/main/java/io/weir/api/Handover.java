package io.weir.api;

import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps descriptors, with a small record of state, between a bundle's deactivation and its
 * successor's activation; and over the death of the process what was announced before. A descriptor
 * crosses only here, and belongs to exactly one side at a time.
 */
public interface Handover {
  /** Where in the process's properties is what was left, each under its name. */
  String LEFT = "weir.handover.left.";

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

  /**
   * Parks what is its owner's to give away where no {@code Handover} is: when all of Java's part
   * restarts, it may be gone before those that use it. The next one takes it over, as it was.
   */
  static void leave(String name, List<Integer> descriptors, byte[] state) {
    System.setProperty(LEFT + name, new Parcel(descriptors, state).text());
  }

  /** As {@link #take}, of what was left; for one whose {@code Handover} has not come yet, too. */
  static Optional<Parcel> takeLeft(String name) {
    return Optional.ofNullable(System.clearProperty(LEFT + name)).map(Parcel::of);
  }

  /**
   * What was parked.
   *
   * @param descriptors their numbers in this process
   */
  record Parcel(List<Integer> descriptors, byte[] state) {
    /** All of it in a word that outlives these classes: {@code 7,8:BASE64}. */
    public String text() {
      return descriptors.stream().map(String::valueOf).collect(Collectors.joining(","))
          + ':'
          + Base64.getEncoder().encodeToString(state);
    }

    /** The parcel of a {@link #text}. */
    public static Parcel of(String text) {
      int colon = text.indexOf(':');
      List<Integer> numbers =
          colon == 0
              ? List.of()
              : Stream.of(text.substring(0, colon).split(",")).map(Integer::valueOf).toList();
      return new Parcel(numbers, Base64.getDecoder().decode(text.substring(colon + 1)));
    }
  }
}
