package io.weir.datapath;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.TestNetns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program {@code src/test/c/chatter.c}, compiled here, in namespaces. */
final class Chatter implements AutoCloseable {
  private final Path program;
  private final List<Process> processes = new ArrayList<>();

  Chatter() {
    try {
      program = Files.createTempFile("chatter", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Commands.run("gcc", "-O1", "-o", program.toString(), "src/test/c/chatter.c");
  }

  /** Starts an echo server, and returns when it listens. */
  void serve(TestNetns where, String address, int port) {
    String line = start(where, "serve", address, String.valueOf(port)).line();
    if (!line.equals("ready")) {
      throw new AssertionError("no server at " + address + ": " + line);
    }
  }

  Talk.Client start(TestNetns where, String... words) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(words));
    Process process = where.start(command.toArray(String[]::new));
    processes.add(process);
    return new Talk.Client(process);
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.destroyForcibly();
      process.onExit().join();
    }
    try {
      Files.delete(program);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
