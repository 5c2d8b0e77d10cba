package io.weir.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * What must outlive a wiped container cache: one file an owner in the node's {@code state/}
 * directory. Implemented by {@code io.weir.state}.
 */
public interface StateFiles {
  /** The bytes last written under {@code name}, which is a file name: {@code identities.json}. */
  Optional<byte[]> read(String name);

  /**
   * Returns when the bytes are on the disk under their name: temporary file, fsync, rename, fsync
   * of the directory.
   */
  void write(String name, byte[] content);

  /** The node's directories, sockets and name. */
  Places places();

  /**
   * Where this engine lives.
   *
   * @param node the engine's name
   * @param base {@code /var/lib/weir/NODE}
   * @param run {@code /run/weir/NODE}, 0700, holding {@code weir.sock}
   * @param bpffs {@code /sys/fs/bpf/weir/NODE}, where a dot of the name is an underscore
   */
  record Places(String node, Path base, Path run, Path bpffs) {
    private static final Pattern NODE =
        Pattern.compile("(?=.{1,63}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?");

    /**
     * The places of the engine in this process: those of the system properties {@code weir.node},
     * {@code weir.base}, {@code weir.run} and {@code weir.bpffs}, and where one is not given, what
     * follows from the node's name, which is the machine's unless it is given.
     *
     * @param machine what the kernel calls the machine, asked only where no node is named
     */
    static Places here(UnaryOperator<String> properties, Supplier<String> machine) {
      String named = given(properties, "weir.node").orElse("");
      String node = named.isEmpty() ? machine.get().strip().toLowerCase(Locale.ROOT) : named;
      if (!NODE.matcher(node).matches()) {
        throw Problem.of(
                "node name",
                "at most 63 lower-case letters, digits, and - or . between them",
                '"' + node + '"')
            .remedy("name it by the system property weir.node")
            .asException();
      }
      return new Places(
          node,
          given(properties, "weir.base").map(Path::of).orElse(Path.of("/var/lib/weir", node)),
          given(properties, "weir.run").map(Path::of).orElse(Path.of("/run/weir", node)),
          given(properties, "weir.bpffs")
              .map(Path::of)
              .orElse(Path.of("/sys/fs/bpf/weir", node.replace('.', '_'))));
    }

    /** As {@link #here(UnaryOperator, Supplier)}, of the properties and the kernel of now. */
    public static Places here() {
      return here(System::getProperty, Places::machine);
    }

    private static Optional<String> given(UnaryOperator<String> properties, String key) {
      return Optional.ofNullable(properties.apply(key)).filter(text -> !text.isEmpty());
    }

    /** Not by a resolver, which may not know this machine, or take its time. */
    private static String machine() {
      try {
        return Files.readString(Path.of("/proc/sys/kernel/hostname"));
      } catch (IOException e) {
        throw new ProblemException(
            Problem.of("node name", "the machine's", e.toString())
                .remedy("name it by the system property weir.node"),
            e);
      }
    }
  }
}
