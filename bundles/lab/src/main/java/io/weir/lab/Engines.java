package io.weir.lab;

import io.weir.api.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The engines of a lab's nodes. */
final class Engines {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration DEATH = Duration.ofSeconds(20);
  private static final int LOG_LINES = 20;

  private final Names names;
  private final Path home;
  private final Places places;

  Engines(Names names, Path home, Places places) {
    this.names = names;
    this.home = home;
    this.places = places;
  }

  static Path base(LabState.Node node) {
    return Path.of("/var/lib/weir", node.engine());
  }

  static Path run(LabState.Node node) {
    return Path.of("/run/weir", node.engine());
  }

  static Path bpffs(LabState.Node node) {
    return Path.of("/sys/fs/bpf/weir", node.engine());
  }

  boolean runs(LabState.Node node) {
    return !processes(node).isEmpty();
  }

  /** Without the holder, which outlives engines. */
  private List<Long> processes(LabState.Node node) {
    return Cgroups.processes(places.engine(node.name())).stream()
        .filter(process -> !isHolder(process))
        .toList();
  }

  private static boolean isHolder(long process) {
    try {
      return Files.readString(Path.of("/proc/" + process + "/comm")).strip().equals("weir-holder");
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  /** An engine of this name that is not this lab's would be overwritten. */
  static void refuseIfThere(LabState.Node node) {
    for (Path directory : List.of(base(node), run(node), bpffs(node))) {
      if (Files.exists(directory)) {
        throw Problem.of(directory.toString(), "no engine called " + node.engine(), "its directory")
            .remedy("remove it if it is a leftover, or choose another lab: --name NAME")
            .asException();
      }
    }
  }

  /** Its own etc, from the distribution's, with what differs from node to node in the lab. */
  void configure(LabState.Node node) {
    Path etc = base(node).resolve("etc");
    try {
      Files.createDirectories(base(node));
      copy(home.resolve("etc"), etc);
      Path file = etc.resolve("io.weir.cfg");
      List<String> lines =
          new ArrayList<>(Files.exists(file) ? Files.readAllLines(file) : List.of());
      lines.add("# of the lab");
      lines.add("pod-cidr = " + String.join(",", Addresses.pods(node.number())));
      lines.add("cgroup-root = " + places.cgroup(node.name()));
      Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it and returns when all is in force there. */
  Duration start(LabState.Node node) {
    long begin = System.nanoTime();
    Path log = log(node);
    launch(
        places,
        places.at(
            node.name(),
            places.engine(node.name()),
            log,
            List.of(home.resolve("bin/weir").toString(), "run", "--node", node.engine())));
    Client client = new Client(home, node.engine());
    Processes.Result[] last = {null};
    Poll.until(
        START,
        () -> {
          last[0] = client.status();
          if (!last[0].good() && !runs(node)) {
            throw Problem.of(
                    "node " + node.name(), "its engine ended; the last it said:\n" + tail(log))
                .asException();
          }
          return last[0].good();
        },
        () ->
            Problem.of(
                "node " + node.name(),
                "weir status with exit code 0 within " + START.toSeconds() + " s",
                last[0].why() + "\nthe last of " + log + ":\n" + tail(log)));
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /** What only a crash does: signal 9, nothing put in order. */
  void kill(LabState.Node node) {
    if (!runs(node)) {
      throw Problem.of("node " + node.name(), "its engine does not run")
          .remedy("weir lab start " + node.name())
          .asException();
    }
    processes(node)
        .forEach(process -> ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly));
    Poll.until(
        DEATH,
        () -> !runs(node),
        () ->
            Problem.of("node " + node.name(), "an engine that ends when killed", "one that lives"));
  }

  Path log(LabState.Node node) {
    return names.log(node.name());
  }

  /** Starts what {@code weir-lab-run -d} runs; its process id. */
  static long launch(Places places, List<String> command) {
    String out =
        Processes.must(
            String.join(" ", command), Processes.runDetached(command, places.environment()));
    return Long.parseLong(out.strip());
  }

  private static String tail(Path log) {
    try {
      List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
