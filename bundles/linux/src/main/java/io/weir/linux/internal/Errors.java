package io.weir.linux.internal;

import com.sun.jna.Pointer;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.linux.LinuxException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

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

  /** What went wrong with a file, as the kernel calls it. */
  static String text(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  static ProblemException of(IOException e, String where) {
    return new ProblemException(Problem.of(where, text(e)), e);
  }

  /** {@code result}, unless it is negative: then it is {@code -errno}. */
  static int check(int result, String where) {
    if (result < 0) {
      throw of(-result, where);
    }
    return result;
  }
}
