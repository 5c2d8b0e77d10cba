package io.weir.console.sysdump;

import io.weir.api.StateFiles.Places;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What files and the kernel tell of a node, whether its engine runs or not. */
public final class NodeParts {
  private static final int MOST_FILES = 500;
  private static final int MOST_LOGS = 5;
  private static final int LOG_BYTES = 1 << 20;
  private static final long PROGRAM_SECONDS = 10;

  private static final List<String> PROC =
      List.of(
          "version",
          "cmdline",
          "uptime",
          "loadavg",
          "meminfo",
          "mounts",
          "modules",
          "net/dev",
          "net/snmp",
          "net/netstat",
          "net/softnet_stat",
          "sys/net/ipv4/ip_forward",
          "sys/net/ipv4/ip_local_port_range",
          "sys/net/ipv6/conf/all/forwarding",
          "sys/net/core/bpf_jit_enable",
          "sys/kernel/unprivileged_bpf_disabled");

  /** Programs that print what the kernel has; those that are missing are named as such. */
  private static final List<List<String>> PROGRAMS =
      List.of(
          List.of("uname", "-a"),
          List.of("ip", "-j", "-d", "link"),
          List.of("ip", "-j", "addr"),
          List.of("ip", "-j", "-4", "route", "show", "table", "all"),
          List.of("ip", "-j", "-6", "route", "show", "table", "all"),
          List.of("ip", "-j", "-4", "rule"),
          List.of("ip", "-j", "-6", "rule"),
          List.of("ip", "-j", "neigh"),
          List.of("tc", "-j", "qdisc"),
          List.of("nft", "-j", "list", "ruleset"),
          List.of("bpftool", "-j", "map"),
          List.of("bpftool", "-j", "prog"),
          List.of("bpftool", "-j", "link"));

  private NodeParts() {}

  public static List<Part> of(Places places) {
    List<Part> parts = new ArrayList<>();
    parts.add(Part.text("node.txt", places::toString));
    settings(places.base().resolve("etc"), parts);
    Path manifests = places.base().resolve("manifests");
    for (Path file : files(manifests)) {
      parts.add(documents("manifests/" + manifests.relativize(file), file));
    }
    Path state = places.base().resolve("state");
    for (Path file : files(state)) {
      parts.add(documents("state/" + state.relativize(file), file));
    }
    logs(places.base().resolve("data/log"), parts);
    for (String name : PROC) {
      parts.add(Part.text("kernel/proc/" + name, () -> tail(Path.of("/proc", name), LOG_BYTES)));
    }
    for (List<String> program : PROGRAMS) {
      String name = String.join(" ", program).replaceAll("[ -]+", "-");
      parts.add(Part.text("kernel/" + name, () -> run(program)));
    }
    parts.add(Part.text("kernel/pins.txt", () -> tree(places.bpffs())));
    parts.add(Part.text("files/run.txt", () -> tree(places.run())));
    parts.add(Part.text("files/base.txt", () -> tree(places.base())));
    return parts;
  }

  /** Users and keys of the container stay where they are. */
  private static void settings(Path etc, List<Part> parts) {
    for (Path file : files(etc)) {
      String name = file.getFileName().toString();
      if (name.endsWith(".cfg") || name.equals("jvm.options") || name.equals("logback.xml")) {
        parts.add(Part.text("etc/" + etc.relativize(file), () -> tail(file, LOG_BYTES)));
      }
    }
  }

  private static Part documents(String name, Path file) {
    return Part.text(
        name,
        () -> {
          if (Files.size(file) > Sysdump.MOST_PART_BYTES) {
            return "(left out: %s bytes)\n".formatted(Files.size(file));
          }
          return Redaction.documents(Files.readString(file, StandardCharsets.ISO_8859_1));
        });
  }

  private static void logs(Path directory, List<Part> parts) {
    files(directory).stream()
        .sorted(Comparator.comparing(NodeParts::age).reversed())
        .limit(MOST_LOGS)
        .forEach(
            file -> parts.add(Part.text("log/" + file.getFileName(), () -> tail(file, LOG_BYTES))));
  }

  private static long age(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      return 0;
    }
  }

  /** Plain files below a directory, by name; links are not followed. */
  private static List<Path> files(Path directory) {
    try (Stream<Path> walk = Files.walk(directory, 8)) {
      return walk.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .limit(MOST_FILES)
          .toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      return List.of();
    }
  }

  private static String tree(Path directory) throws IOException {
    StringBuilder tree = new StringBuilder();
    try (Stream<Path> walk = Files.walk(directory, 6)) {
      for (Path path : (Iterable<Path>) walk.limit(20_000)::iterator) {
        BasicFileAttributes attributes =
            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        tree.append("%s %s %s%n".formatted(attributes.lastModifiedTime(), attributes.size(), path));
      }
    }
    return tree.toString();
  }

  /** The end of a file; files of /proc have no length. */
  static String tail(Path file, int most) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      in.skipNBytes(Math.max(0, Files.size(file) - most));
      String text = new String(in.readNBytes(most), StandardCharsets.UTF_8);
      return Files.size(file) > most ? "(only the last %s bytes)\n%s".formatted(most, text) : text;
    }
  }

  private static String run(List<String> program) throws IOException, InterruptedException {
    Path output = Files.createTempFile("weir-sysdump", "");
    try {
      Process process =
          new ProcessBuilder(program)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(PROGRAM_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "(no end after %s s)\n%s".formatted(PROGRAM_SECONDS, tail(output, LOG_BYTES));
      }
      String text = tail(output, Sysdump.MOST_PART_BYTES);
      return process.exitValue() == 0 ? text : "(exit " + process.exitValue() + ")\n" + text;
    } finally {
      Files.delete(output);
    }
  }
}
