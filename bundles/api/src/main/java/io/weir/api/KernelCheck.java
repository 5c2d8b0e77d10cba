package io.weir.api;

import java.util.List;

/**
 * Compares what a bundle keeps in the kernel with what it computes anew; registered as a service by
 * that bundle, and called by {@code weir fsck}.
 */
public interface KernelCheck {
  /**
   * Reads the kernel and the tables as they are now, and goes by nothing that is remembered of
   * either. Writes nothing.
   *
   * @throws ProblemException when it cannot look
   */
  List<Difference> differences();

  /**
   * Makes the kernel what is computed, in the order in which the bundle always changes it: what is
   * new comes before what is old goes. Returns when it is done, or well begun by a loop that {@link
   * io.weir.api.table.Tables#settle} waits for. What cannot be done is a difference at the next
   * look.
   */
  void repair();

  /** As of {@link Uninstaller}, and the other way round: what others stand on is repaired first. */
  int order();

  /**
   * One thing that is not as it should be.
   *
   * @param what map, key or device: {@code endpoints ifindex 12 (default/web)}
   * @param expected what is computed; {@code nothing} for what should not be there
   * @param found what the kernel has; {@code nothing} for what is missing
   */
  record Difference(String what, String expected, String found) {
    /** As {@code expected} or {@code found}. */
    public static final String NOTHING = "nothing";

    public static Difference of(Problem problem) {
      return new Difference(problem.where(), problem.expected(), problem.came());
    }
  }
}
