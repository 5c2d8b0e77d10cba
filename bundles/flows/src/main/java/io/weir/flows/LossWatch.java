package io.weir.flows;

import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * Turns the kernel's count of lost events, which only grows, into what is new. The count goes over
 * to the next reader, so that what is lost between two readers is told by the second.
 */
final class LossWatch {
  private OptionalLong last;

  LossWatch(OptionalLong last) {
    this.last = last;
  }

  /** How many were lost since the last call; 0 at the first, unless there was a reader before. */
  long more(long count) {
    // a count that fell is that of a new map
    long before = Math.min(last.orElse(count), count);
    last = OptionalLong.of(count);
    return count - before;
  }

  static LossWatch decode(byte[] state) {
    return new LossWatch(
        state.length == Long.BYTES
            ? OptionalLong.of(ByteBuffer.wrap(state).getLong())
            : OptionalLong.empty());
  }

  byte[] encode() {
    return last.isPresent()
        ? ByteBuffer.allocate(Long.BYTES).putLong(last.getAsLong()).array()
        : new byte[0];
  }
}
