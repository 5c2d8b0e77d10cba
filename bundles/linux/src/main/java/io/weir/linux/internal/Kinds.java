package io.weir.linux.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells what a descriptor of BPF stands for. */
final class Kinds {
  private static final String PREFIX = "anon_inode:";

  private Kinds() {}

  /** {@code bpf-map}, {@code bpf-prog} or {@code bpf-link}; else what /proc shows. */
  static String of(int fd) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
      return target.startsWith(PREFIX)
          ? target.substring(PREFIX.length()).replaceAll("[\\[\\]]", "")
          : target;
    } catch (IOException e) {
      return e.toString();
    }
  }
}
