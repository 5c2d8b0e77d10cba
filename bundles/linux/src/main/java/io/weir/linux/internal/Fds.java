package io.weir.linux.internal;

import com.sun.jna.LastErrorException;
import io.weir.linux.Fd;

/** Descriptors. */
final class Fds {
  private Fds() {}

  /** Takes {@code number} over. */
  static Fd own(Gate gate, int number) {
    return new Fd(number, open -> close(gate, open));
  }

  static Fd duplicate(Gate gate, int number, String where) {
    try {
      return own(gate, Libc.fcntl(number, Libc.F_DUPFD_CLOEXEC, 3));
    } catch (LastErrorException e) {
      throw Errors.of(e.getErrorCode(), where);
    }
  }

  static void close(Gate gate, int number) {
    gate.enter();
    try {
      Libc.close(number);
    } catch (LastErrorException e) {
      throw Errors.of(e.getErrorCode(), "close of descriptor " + number);
    } finally {
      gate.leave();
    }
  }
}
