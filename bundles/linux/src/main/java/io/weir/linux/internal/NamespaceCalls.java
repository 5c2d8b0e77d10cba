package io.weir.linux.internal;

import com.sun.jna.LastErrorException;
import io.weir.api.ProblemException;
import io.weir.linux.LinuxException;
import io.weir.linux.Namespaces;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** {@link Namespaces} by setns. */
final class NamespaceCalls implements Namespaces {
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | Libc.O_CLOEXEC;

  private final Gate gate;

  NamespaceCalls(Gate gate) {
    this.gate = gate;
  }

  @Override
  public <T> T call(Path namespace, Callable<T> work) {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              enter(namespace);
              return work.call();
            });
    Thread thread = new Thread(task, "netns " + namespace.getFileName());
    thread.setDaemon(true);
    // The container may remember a thread that has ended, and what it holds: not the caller's
    // classes.
    thread.setContextClassLoader(null);
    thread.start();
    try {
      return task.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + namespace, e);
    } catch (ExecutionException e) {
      throw rethrow(e.getCause());
    }
  }

  @Override
  public Path ofProcess(long pid) {
    return Path.of("/proc", Long.toString(pid), "ns", "net");
  }

  @Override
  public long cookie() {
    gate.enter();
    try {
      int socket = Libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
      try {
        byte[] cookie = new byte[Long.BYTES];
        Libc.getsockopt(
            socket, Libc.SOL_SOCKET, Libc.SO_NETNS_COOKIE, cookie, new int[] {cookie.length});
        return ByteBuffer.wrap(cookie).order(ByteOrder.nativeOrder()).getLong();
      } finally {
        Libc.close(socket);
      }
    } catch (LastErrorException e) {
      throw Errors.of(e.getErrorCode(), "cookie of the network namespace");
    } finally {
      gate.leave();
    }
  }

  @Override
  public long cookie(Path namespace) {
    return call(namespace, this::cookie);
  }

  private void enter(Path namespace) {
    gate.enter();
    try {
      int fd = Libc.open(namespace.toString(), Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
      try {
        Libc.setns(fd, Libc.CLONE_NEWNET);
      } finally {
        Libc.close(fd);
      }
    } catch (LastErrorException e) {
      throw Errors.of(e.getErrorCode(), namespace.toString(), "a network namespace");
    } finally {
      gate.leave();
    }
  }

  /** The stack of the thread inside is kept; the message too. */
  private static RuntimeException rethrow(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof LinuxException linux) {
      return new LinuxException(linux.errno(), linux.problem());
    }
    if (cause instanceof ProblemException problem) {
      return new ProblemException(problem.problem(), problem);
    }
    return cause instanceof RuntimeException runtime
        ? runtime
        : new IllegalStateException(cause.getMessage(), cause);
  }
}
