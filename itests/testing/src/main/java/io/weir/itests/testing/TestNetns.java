package io.weir.itests.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace of a test's own, with loopback up; deleted, with all that is in it, when
 * closed. Programs enter it by {@code nsenter}, so that /sys and its cgroups stay as they are.
 */
public final class TestNetns implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String name;

  private TestNetns(String name) {
    this.name = name;
  }

  /** A namespace named after {@code purpose}, this process and a count. */
  public static TestNetns create(String purpose) {
    String name = purpose + "-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    Commands.run("ip", "netns", "add", name);
    TestNetns netns = new TestNetns(name);
    netns.run("ip", "link", "set", "lo", "up");
    return netns;
  }

  public String name() {
    return name;
  }

  public Path path() {
    return Path.of("/run/netns", name);
  }

  /** Runs a program inside, and returns what it printed. */
  public String run(String... words) {
    return Commands.run(inside(words).toArray(String[]::new));
  }

  public Commands.Result tryRun(String... words) {
    return Commands.tryRun(inside(words).toArray(String[]::new));
  }

  /** Starts a program inside, its error output joined to its output; the caller ends it. */
  public Process start(String... words) {
    try {
      return new ProcessBuilder(inside(words)).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Joins two namespaces by a pair of veths, both up, and their link-local addresses usable at
   * once: while one is looked for among neighbours, none of them is asked for anything.
   */
  public void veth(String device, TestNetns other, String otherDevice) {
    run(
        "ip",
        "link",
        "add",
        device,
        "type",
        "veth",
        "peer",
        "name",
        otherDevice,
        "netns",
        other.name);
    up(device);
    other.up(otherDevice);
  }

  private void up(String device) {
    run("sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/" + device + "/accept_dad");
    run("ip", "link", "set", device, "up");
  }

  /** Adds an address, {@code 10.0.0.1/24} or {@code fd00::1/64}, usable at once. */
  public void address(String device, String address) {
    List<String> words = new ArrayList<>(List.of("ip", "address", "add", address, "dev", device));
    if (address.contains(":")) {
      words.add("nodad");
    }
    run(words.toArray(String[]::new));
  }

  public int ifindex(String device) {
    return Integer.parseInt(run("ip", "-o", "link", "show", "dev", device).split(":", 2)[0]);
  }

  @Override
  public void close() {
    Commands.run("ip", "netns", "delete", name);
  }

  private List<String> inside(String... words) {
    List<String> command = new ArrayList<>(List.of("nsenter", "--net=" + path(), "--"));
    command.addAll(List.of(words));
    return command;
  }
}
