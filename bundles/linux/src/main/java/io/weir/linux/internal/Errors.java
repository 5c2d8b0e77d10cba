package io.weir.linux.internal;

import com.sun.jna.Pointer;
import io.weir.api.Problem;
import io.weir.linux.LinuxException;

/** Error numbers as sentences. */
final class Errors {
  private Errors() {}

  /** {@code No such file or directory}, in English whatever the locale. */
  static String text(int errno) {
    Pointer text = Libc.strerrordesc_np(errno);
    return text == null ? "error " + errno : text.getString(0, "US-ASCII");
  }

  static LinuxException of(int errno, String where) {
    return new LinuxException(errno, Problem.of(where, text(errno)));
  }

  static LinuxException of(int errno, String where, String expected) {
    return new LinuxException(errno, Problem.of(where, expected, text(errno)));
  }

  static LinuxException of(int errno, String where, String expected, String remedy) {
    return new LinuxException(errno, Problem.of(where, expected, text(errno)).remedy(remedy));
  }

  /** {@code result}, unless it is negative: then it is {@code -errno}. */
  static int check(int result, String where) {
    if (result < 0) {
      throw of(-result, where);
    }
    return result;
  }
}
