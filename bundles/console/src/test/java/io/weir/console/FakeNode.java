package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A node whose engine is a program of the test's: {@code weir run} as it is, with a distribution in
 * which Java is a script.
 */
final class FakeNode implements AutoCloseable {
  private static final String WEIR = Path.of("target/bin/weir").toAbsolutePath().toString();
  private static final String NAME = "held";

  private final Path directory;
  private final List<Process> started = new ArrayList<>();

  /**
   * @param java what a shell does instead of an engine
   */
  FakeNode(Path directory, String java) throws IOException {
    this.directory = directory;
    for (String path : List.of("home/lib/boot", "home/lib/jdk9plus", "home/etc", "java/bin")) {
      Files.createDirectories(directory.resolve(path));
    }
    Files.writeString(directory.resolve("home/lib/stamp"), "1");
    Files.createDirectories(directory.resolve("home/bin"));
    Files.createSymbolicLink(directory.resolve("home/bin/weir"), Path.of(WEIR));
    Files.writeString(directory.resolve("home/lib/jvm.arguments"), "");
    Files.writeString(directory.resolve("home/etc/jvm.options"), "");
    Path script = directory.resolve("java/bin/java");
    Files.writeString(script, "#!/bin/sh\n" + java + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A JVM with the classes of this test. */
  static String java(Class<?> main, String arguments) {
    return "exec %s/bin/java -Xmx64m -Dweir.home=$WEIR_HOME -Dweir.node=held -cp '%s' %s %s"
        .formatted(
            System.getProperty("java.home"),
            System.getProperty("java.class.path"),
            main.getName(),
            arguments);
  }

  Path run() {
    return directory.resolve("run/weir").resolve(NAME);
  }

  Path holder() {
    return run().resolve("holder.sock");
  }

  /** {@code weir run}: the process becomes the engine. */
  Process start() throws IOException {
    Process process = weir("run");
    started.add(process);
    return process;
  }

  Process weir(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of(WEIR, "--node", NAME));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("NOTIFY_SOCKET");
    builder.environment().put("WEIR_ROOT", directory.toString());
    builder.environment().put("WEIR_HOME", directory.resolve("home").toString());
    builder.environment().put("JAVA_HOME", directory.resolve("java").toString());
    builder.redirectErrorStream(true).redirectOutput(directory.resolve(words[0] + ".log").toFile());
    return builder.start();
  }

  /** Waits for a file that a process makes. */
  String await(String file) throws Exception {
    Path path = directory.resolve(file);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!Files.exists(path)) {
      assertThat(System.nanoTime()).as(file + " within 30 s\n" + log()).isLessThan(deadline);
      Thread.sleep(5);
    }
    return Files.readString(path);
  }

  String log() throws IOException {
    Path log = directory.resolve("run.log");
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** The holder of this node: the only one that has the node's directory in its socket's name. */
  ProcessHandle holderProcess() throws IOException {
    String inode =
        Files.readAllLines(Path.of("/proc/net/unix")).stream()
            .filter(line -> line.endsWith(" " + holder()))
            .map(line -> line.trim().split(" +")[6])
            .findFirst()
            .orElse("none");
    return ProcessHandle.allProcesses()
        .filter(process -> has(process, "socket:[" + inode + "]"))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no holder listens at " + holder()));
  }

  private static boolean has(ProcessHandle process, String file) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/fd/3"))
          .toString()
          .equals(file);
    } catch (IOException e) { // it is another's, or has ended
      return false;
    }
  }

  /** Waits until another holder than this one has been told something. */
  void awaitHolder(ProcessHandle than) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!told(than)) {
      assertThat(System.nanoTime()).as("another holder within 30 s").isLessThan(deadline);
      Thread.sleep(20);
    }
  }

  private boolean told(ProcessHandle than) throws IOException {
    try {
      ProcessHandle holder = holderProcess();
      try (var files = Files.list(Path.of("/proc/" + holder.pid() + "/fd"))) {
        // 0 to 2, the socket, its engine; then a connection and its record
        return holder.pid() != than.pid() && files.count() >= 7;
      }
    } catch (IllegalStateException e) {
      return false;
    }
  }

  static void kill(Process process) throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws Exception {
    for (Process process : started) {
      kill(process);
    }
    weir("stop").waitFor();
  }
}
