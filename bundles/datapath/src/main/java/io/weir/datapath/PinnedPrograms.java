package io.weir.datapath;

import io.weir.linux.Bpf;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Programs, pinned as {@code programs/OBJECT-HASH/NAME} under the hash of their object file: an
 * engine that finds the directory needs to load nothing. The directory gets its name when all
 * programs are in it.
 */
final class PinnedPrograms implements AutoCloseable {
  private static final int HASH_DIGITS = 16;

  private final Bpf bpf;
  private final Path root;
  private final PinnedMaps maps;
  private final Map<String, BpfProgram> open = new TreeMap<>();
  private final Set<Path> current = new HashSet<>();

  PinnedPrograms(Bpf bpf, Path root, PinnedMaps maps) {
    this.bpf = bpf;
    this.root = root;
    this.maps = maps;
    if (!maps.complete()) {
      Pins.delete(root); // what is there uses maps that nobody can reach
    }
  }

  /**
   * Finds an object's programs, or loads them.
   *
   * @throws io.weir.api.ProblemException with the verifier's log when one is refused
   */
  void open(String object, byte[] elf) {
    Path directory = root.resolve(object + "-" + hash(elf));
    if (!Files.isDirectory(directory)) {
      load(object, elf, directory);
    }
    current.add(directory);
    for (Path pin : Pins.in(directory)) {
      open.put(pin.getFileName().toString(), bpf.findProgram(pin).orElseThrow());
    }
  }

  BpfProgram program(String name) {
    return open.get(name);
  }

  /** Takes away programs of objects that are not the ones in use. */
  void retireOthers() {
    for (Path directory : Pins.in(root)) {
      if (!current.contains(directory)) {
        Pins.delete(directory);
      }
    }
  }

  @Override
  public void close() {
    open.values().forEach(BpfProgram::close);
    open.clear();
  }

  private void load(String object, byte[] elf, Path directory) {
    Path unfinished = directory.resolveSibling(directory.getFileName() + "-new");
    Pins.delete(unfinished);
    try (BpfObject loading = bpf.open(object, elf)) {
      maps.lend(loading);
      loading.load();
      maps.keep(loading);
      Pins.directory(unfinished);
      for (String name : loading.programs()) {
        try (BpfProgram program = loading.program(name)) {
          program.pin(unfinished.resolve(name));
        }
      }
    }
    Pins.rename(unfinished, directory);
  }

  private static String hash(byte[] elf) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(elf);
      return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
