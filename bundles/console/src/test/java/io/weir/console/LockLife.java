package io.weir.console;

import io.weir.api.ProblemException;
import io.weir.api.StateFiles.Places;
import io.weir.linux.EngineLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Stands for an engine in a container. It takes the engine's lock, writes into a file what came of
 * it, and waits to be killed. Arguments: the directory of sockets, and the file.
 */
final class LockLife {
  static final String HELD = "held";

  private LockLife() {}

  public static void main(String[] arguments) throws Exception {
    Path run = Path.of(arguments[0]);
    Path file = Path.of(arguments[1]);
    String told = HELD;
    Places places = new Places("held", run, run, run);
    try {
      EngineLock.hold(places);
      EngineLock.hold(places); // another bundle, or the same one anew
    } catch (ProblemException e) {
      told = e.getMessage();
    }
    Path beside = Files.writeString(file.resolveSibling("." + file.getFileName()), told);
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    Thread.sleep(Long.MAX_VALUE);
  }
}
