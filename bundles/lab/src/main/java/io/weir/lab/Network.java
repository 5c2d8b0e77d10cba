package io.weir.lab;

import io.weir.api.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Namespaces of the world and of nodes, and the links between them; each call is one run of ip. */
final class Network {
  private static final Duration CARRIER_LIMIT = Duration.ofSeconds(5);

  private final Names names;

  Network(Names names) {
    this.names = names;
  }

  /** The world: a bridge that nodes' uplinks end at, and a server's addresses far away. */
  void makeWorld() {
    makeNamespace(Names.WORLD);
    configure(
        Names.WORLD,
        """
        link set lo up
        link add br0 type bridge
        link set br0 up
        addr add %s/%s dev br0
        addr add %s/%s dev br0 nodad
        addr add %s/32 dev lo
        addr add %s/128 dev lo nodad
        """
            .formatted(
                Addresses.GATEWAY4,
                Addresses.PREFIX4,
                Addresses.GATEWAY6,
                Addresses.PREFIX6,
                Addresses.OUTSIDE4,
                Addresses.OUTSIDE6));
    sysctl(Names.WORLD, "net/ipv4/ip_forward", "1");
    sysctl(Names.WORLD, "net/ipv6/conf/all/forwarding", "1");
  }

  /**
   * A node: an uplink to the world and default routes over it; nothing that its engine should do.
   */
  void makeNode(LabState.Node node) {
    int number = node.number();
    makeNamespace(node.name());
    configure(
        Names.WORLD,
        """
        link add %1$s type veth peer name uplink netns %2$s
        link set %1$s master br0 up
        """
            .formatted(node.name(), names.netns(node.name()).getFileName()));
    configure(
        node.name(),
        """
        link set lo up
        link set uplink up
        addr add %s/%s dev uplink
        addr add %s/%s dev uplink nodad
        route add default via %s
        route add default via %s
        """
            .formatted(
                Addresses.node4(number),
                Addresses.PREFIX4,
                Addresses.node6(number),
                Addresses.PREFIX6,
                Addresses.GATEWAY4,
                Addresses.GATEWAY6));
    configure(
        Names.WORLD,
        """
        route add %s via %s
        route add %s via %s
        """
            .formatted(
                Addresses.pods4(number),
                Addresses.node4(number),
                Addresses.pods6(number),
                Addresses.node6(number)));
  }

  /**
   * Takes the carrier from the node's uplink, or gives it back: that both ends, and the bridge,
   * have noticed takes the kernel up to a second.
   */
  void carrier(LabState.Node node, boolean up) {
    configure(Names.WORLD, "link set " + node.name() + (up ? " up\n" : " down\n"));
    Poll.until(
        CARRIER_LIMIT,
        () -> runs(Names.WORLD, node.name()) == up && runs(node.name(), "uplink") == up,
        () ->
            Problem.of(
                "node " + node.name(),
                "an uplink that is " + (up ? "up" : "down"),
                "the same state as before after " + CARRIER_LIMIT.toSeconds() + " s"));
    // Neighbours that were asked for in vain meanwhile would be given up a second later.
    configure(node.name(), "neigh flush dev uplink\n");
  }

  private boolean runs(String place, String device) {
    Processes.Result shown =
        Processes.run(
            "nsenter",
            "--net=" + names.netns(place),
            "--",
            "ip",
            "-o",
            "link",
            "show",
            "dev",
            device);
    return shown.out().contains(" state UP ");
  }

  /** Its links go with it, unless something still runs in it. */
  void removeNamespace(String place) {
    Path file = names.netns(place);
    if (!Files.exists(file)) {
      return;
    }
    Processes.run("umount", file.toString());
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void makeNamespace(String place) {
    Path file = names.netns(place);
    try {
      Files.createDirectories(file.getParent());
      Files.createFile(file);
    } catch (IOException e) {
      throw Problem.of(file.toString(), "no such namespace yet", e.toString())
          .remedy("ip netns del " + file.getFileName())
          .asException();
    }
    Processes.must(
        "namespace " + file.getFileName(), Processes.run("unshare", "--net=" + file, "--", "true"));
  }

  private void configure(String place, String batch) {
    Processes.must(
        "namespace " + names.netns(place).getFileName(),
        Processes.run(
            List.of("nsenter", "--net=" + names.netns(place), "--", "ip", "-batch", "-"),
            Map.of(),
            batch));
  }

  /** {@code /proc/sys/net} shows the namespace of whoever writes. */
  private void sysctl(String place, String key, String value) {
    Processes.must(
        key,
        Processes.run(
            List.of("nsenter", "--net=" + names.netns(place), "--", "tee", "/proc/sys/" + key),
            Map.of(),
            value));
  }
}
