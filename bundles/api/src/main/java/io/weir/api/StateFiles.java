package io.weir.api;

import java.nio.file.Path;
import java.util.Optional;

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
  record Places(String node, Path base, Path run, Path bpffs) {}
}
