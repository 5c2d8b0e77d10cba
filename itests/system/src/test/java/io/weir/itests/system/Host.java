package io.weir.itests.system;

import io.weir.itests.testing.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * All that a lab could leave behind on a machine, but for what other labs and tests make meanwhile:
 * they are known by names that do not hold this lab's.
 */
final class Host {
  private Host() {}

  /** What there is, by kind: of the machine itself all, of shared places what holds {@code lab}. */
  static Map<String, List<String>> snapshot(String lab) {
    Map<String, List<String>> found = new LinkedHashMap<>();
    found.put("links", lines(Commands.run("ip", "-o", "-br", "link")));
    found.put("addresses", lines(Commands.run("ip", "-o", "-br", "address")));
    found.put("routes", lines(Commands.run("ip", "route", "show", "table", "all")));
    found.put("routes of IPv6", lines(Commands.run("ip", "-6", "route", "show", "table", "all")));
    found.put("rules", lines(Commands.run("ip", "rule")));
    found.put("rules of IPv6", lines(Commands.run("ip", "-6", "rule")));
    found.put("nft", lines(Commands.run("nft", "list", "ruleset")));
    found.put("ip_forward", read(Path.of("/proc/sys/net/ipv4/ip_forward")));
    found.put("rp_filter", read(Path.of("/proc/sys/net/ipv4/conf/all/rp_filter")));
    found.put("mounts", holding(lab, read(Path.of("/proc/self/mounts"))));
    found.put("namespaces", tree(lab, Path.of("/run/netns")));
    found.put("state", tree(lab, Path.of("/run/weir")));
    found.put("data", tree(lab, Path.of("/var/lib/weir")));
    found.put("bpffs", tree(lab, Path.of("/sys/fs/bpf")));
    found.put("cgroups", tree(lab, Path.of("/sys/fs/cgroup")));
    found.put("processes", processes(lab));
    return found;
  }

  private static List<String> processes(String lab) {
    List<String> cgroups =
        lines(Commands.run("sh", "-c", "cat /proc/[0-9]*/cgroup 2>/dev/null || true"));
    // A cgroup goes when nobody lives in it; who is "in" it then has ended, and waits for init.
    return holding("weir-" + lab, cgroups).stream()
        .filter(line -> !line.endsWith(" (deleted)"))
        .toList();
  }

  private static List<String> tree(String lab, Path root) {
    if (!Files.exists(root)) {
      return List.of();
    }
    return holding(lab, lines(Commands.run("sh", "-c", "find " + root + " 2>/dev/null || true")));
  }

  private static List<String> holding(String lab, List<String> lines) {
    return lines.stream().filter(line -> line.contains(lab)).sorted().toList();
  }

  private static List<String> read(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> lines(String text) {
    return text.lines().toList();
  }
}
