package io.weir.api;

/**
 * What is done to file descriptors by number; registered as a service by whoever can make system
 * calls.
 */
public interface Descriptors {
  /** Closes a descriptor that the caller owns. */
  void close(int descriptor);

  /**
   * Has a duplicate kept outside of this process, by the service manager or by the holder.
   *
   * @param name at most 255 letters, digits and marks of ASCII, without a colon or white space
   * @return false where there is neither
   * @throws ProblemException when whoever keeps it does not take it
   */
  boolean store(String name, int descriptor);

  /** As {@link #store(String, int)}, of a small record, which the next process reads as a file. */
  boolean store(String name, byte[] record);

  /**
   * Tells the service manager a state of this process, as sd_notify(3) has it; nothing where there
   * is none.
   */
  void tell(String state);

  /** Has what is kept under {@code name} closed there. */
  void unstore(String name);
}
