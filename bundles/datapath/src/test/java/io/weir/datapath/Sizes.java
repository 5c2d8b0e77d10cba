package io.weir.datapath;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.TestNetns;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The program {@code src/test/c/path.c}, compiled here, in namespaces. */
final class Sizes implements AutoCloseable {
  private final Path program;
  private final List<Process> servers = new ArrayList<>();

  Sizes() {
    try {
      program = Files.createTempFile("path", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Commands.run("gcc", "-O1", "-o", program.toString(), "src/test/c/path.c");
  }

  /** Sends datagrams back and counts streams until it is closed; returns when it listens. */
  void serve(TestNetns where, Object address, int port) {
    Process server =
        where.start(program.toString(), "serve", address.toString(), String.valueOf(port));
    servers.add(server);
    String line = line(server);
    if (!"ready".equals(line)) {
      throw new AssertionError("no server at " + address + " port " + port + ": " + line);
    }
  }

  /** What a client said: how many bytes came back or were counted, or the error. */
  String ask(TestNetns from, String kind, Object to, int port, Object... words) {
    List<String> command =
        new ArrayList<>(List.of(program.toString(), kind, to.toString(), String.valueOf(port)));
    for (Object word : words) {
      command.add(word.toString());
    }
    return from.run(command.toArray(String[]::new)).strip();
  }

  /** Sends frames as they are, from {@code eth0}, one after the other. */
  void frames(TestNetns from, byte[]... frames) {
    List<String> command = new ArrayList<>(List.of(program.toString(), "frame", "eth0"));
    for (byte[] frame : frames) {
      command.add(HexFormat.of().formatHex(frame));
    }
    String said = from.run(command.toArray(String[]::new)).strip();
    if (!said.equals(String.valueOf(frames.length))) {
      throw new AssertionError(said);
    }
  }

  private static String line(Process process) {
    try {
      return new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
          .readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    for (Process server : servers) {
      server.destroyForcibly();
      server.onExit().join();
    }
    try {
      Files.delete(program);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
