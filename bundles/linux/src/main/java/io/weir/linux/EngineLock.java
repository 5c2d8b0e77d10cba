package io.weir.linux;

import com.sun.jna.Function;
import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLibrary;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.StateFiles.Places;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code engine.lock} of a node: held by the process whose engine it is, by flock(2), with its
 * number in it. {@code weir run} takes it before the container starts (engine.c); in a container
 * that was started otherwise the first bundle does that needs it. It is held until the process
 * ends, whatever becomes of bundles: two engines of one name would fight over one socket and over
 * the same maps.
 */
public final class EngineLock {
  private static final Logger LOG = LoggerFactory.getLogger(EngineLock.class);

  private static final int O_RDWR_CREAT_CLOEXEC = 2 | 0x40 | 0x80000;
  private static final int OWNERS_ONLY = 0600;
  private static final int LOCK_EX_NB = 2 | 4;

  private EngineLock() {}

  /**
   * Sees to it that this process holds the lock.
   *
   * @throws ProblemException when another process holds it
   */
  public static synchronized void hold(Places places) {
    Path file = places.run().resolve("engine.lock");
    try {
      if (!Files.isDirectory(places.run())) {
        Files.createDirectories(places.run());
        Files.setPosixFilePermissions(places.run(), PosixFilePermissions.fromString("rwx------"));
      }
      long own = ProcessHandle.current().pid();
      if (take(file)) {
        Files.writeString(file, own + "\n");
        return;
      }
      String holder = Files.readString(file).strip();
      if (!holder.equals(Long.toString(own)) || !isOpen(file)) {
        throw Problem.of(
                "engine " + places.node(),
                "one process of this name",
                holder.isEmpty() ? "another one that starts" : "process " + holder + ", which runs")
            .remedy("end that one, or name this one by the system property weir.node")
            .asException();
      }
    } catch (LinkageError e) { // the console answers nevertheless, to say why linux does not begin
      LOG.warn("{} is not locked: no native functions, {}", file, e.toString());
    } catch (IOException e) {
      throw new ProblemException(Problem.of(file.toString(), "a file to lock", e.toString()), e);
    }
  }

  /** Numbers of processes may be those of another container's: ours has the file open, too. */
  private static boolean isOpen(Path file) throws IOException {
    Path lock = file.toRealPath();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.anyMatch(descriptor -> leadsTo(descriptor, lock));
    }
  }

  private static boolean leadsTo(Path descriptor, Path file) {
    try {
      return Files.readSymbolicLink(descriptor).equals(file);
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  /** Whether the lock was free; it is ours then, by a descriptor that nobody closes. */
  private static boolean take(Path file) throws IOException {
    int descriptor = call("open", file.toString(), O_RDWR_CREAT_CLOEXEC, OWNERS_ONLY);
    try {
      call("flock", descriptor, LOCK_EX_NB);
      return true;
    } catch (LastErrorException e) {
      call("close", descriptor);
      if (e.getErrorCode() == LinuxException.EAGAIN) {
        return false;
      }
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Apart from the other natives, which are there with libbpf only: the console needs this one. */
  private static int call(String name, Object... arguments) {
    return NativeLibrary.getInstance("libc.so.6")
        .getFunction(name, Function.THROW_LAST_ERROR)
        .invokeInt(arguments);
  }
}
