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
import java.util.List;

/** The program {@code src/test/c/talk.c}, compiled here, in namespaces and cgroups. */
final class Talk implements AutoCloseable {
  private final Path program;
  private final List<Process> servers = new ArrayList<>();

  Talk() {
    try {
      program = Files.createTempFile("talk", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Commands.run("gcc", "-O1", "-o", program.toString(), "src/test/c/talk.c");
  }

  /** Answers by its name until it is closed; returns when it listens. */
  void serve(TestNetns where, String kind, String address, int port, String name) {
    Process server =
        where.start(program.toString(), "serve", kind, address, String.valueOf(port), name);
    servers.add(server);
    String line = new Client(server).line();
    if (!"ready".equals(line)) {
      throw new AssertionError("no server at " + address + " port " + port + ": " + line);
    }
  }

  /** What a client in a cgroup said of one asking. */
  String ask(Path cgroup, TestNetns where, String... words) {
    try (Client client = start(cgroup, where, words)) {
      return client.line();
    }
  }

  Client start(Path cgroup, TestNetns where, String... words) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "echo $$ >$0/cgroup.procs && exec \"$@\"",
                cgroup.toString(),
                program.toString()));
    command.addAll(List.of(words));
    return new Client(where.start(command.toArray(String[]::new)));
  }

  /** A client that asks again when it is told to. */
  static final class Client implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;

    Client(Process process) {
      this.process = process;
      out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    String line() {
      try {
        return String.valueOf(out.readLine());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String again() {
      try {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return line();
    }

    @Override
    public void close() {
      end(process);
    }
  }

  private static void end(Process process) {
    process.destroyForcibly();
    process.onExit().join();
  }

  @Override
  public void close() {
    servers.forEach(Talk::end);
    try {
      Files.delete(program);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
