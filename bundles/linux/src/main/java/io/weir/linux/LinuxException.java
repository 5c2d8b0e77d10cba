package io.weir.linux;

import io.weir.api.Problem;
import io.weir.api.ProblemException;

/** What the kernel, or libbpf for it, refused. */
public final class LinuxException extends ProblemException {
  private static final long serialVersionUID = 1L;

  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int E2BIG = 7;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int ENOSPC = 28;
  public static final int EOPNOTSUPP = 95;

  private final int errno;

  public LinuxException(int errno, Problem problem) {
    super(problem);
    this.errno = errno;
  }

  /** A positive number of {@code errno.h}; 0 where there was none. */
  public int errno() {
    return errno;
  }
}
