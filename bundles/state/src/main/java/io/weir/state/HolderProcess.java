package io.weir.state;

import io.weir.api.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The process {@code weir-holder} that {@code weir run} has started, where no systemd keeps. */
class HolderProcess {
  /** Its number; told by the environment, and by this property since another one was started. */
  private static final String NUMBER = "weir.holder";

  private static final int SECONDS_TO_START = 10;

  private final Path weir;
  private final String node;

  /**
   * @param weir the native client
   */
  HolderProcess(Path weir, String node) {
    this.weir = weir;
    this.node = node;
  }

  /** None where somebody else keeps descriptors, or nobody. */
  static Optional<HolderProcess> here() {
    String home = System.getProperty("weir.home");
    if (System.getenv("WEIR_HOLDER") == null || home == null) {
      return Optional.empty();
    }
    return Optional.of(
        new HolderProcess(Path.of(home, "bin", "weir"), System.getProperty("weir.node", "")));
  }

  boolean lives() {
    long number = Long.parseLong(System.getProperty(NUMBER, System.getenv("WEIR_HOLDER")));
    return ProcessHandle.of(number).filter(ProcessHandle::isAlive).isPresent();
  }

  /** Starts another one, which listens when this returns. */
  void again() {
    List<String> command = List.of(weir.toString(), "--node", node, "holder");
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String told;
      if (process.waitFor(SECONDS_TO_START, TimeUnit.SECONDS)) {
        told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      } else {
        process.destroyForcibly();
        told = "nothing within " + SECONDS_TO_START + " s";
      }
      if (!told.matches("[0-9]{1,9}")) {
        throw Problem.of(String.join(" ", command), "the number of a process", told).asException();
      }
      System.setProperty(NUMBER, told);
    } catch (IOException e) {
      throw Problem.of(String.join(" ", command), "a process", e.getMessage()).asException();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
