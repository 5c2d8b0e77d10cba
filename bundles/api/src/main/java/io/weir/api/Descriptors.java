package io.weir.api;

/** Closes file descriptors by number; registered as a service by whoever can make system calls. */
public interface Descriptors {
  /** Closes a descriptor that the caller owns. */
  void close(int descriptor);
}
