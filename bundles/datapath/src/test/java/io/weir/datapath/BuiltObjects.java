package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The objects as the build has left them. */
final class BuiltObjects implements ObjectFiles {
  private static final Path CLASSES = Path.of("../../bpf/target/classes/weir");

  @Override
  public byte[] object(String name) {
    try {
      return Files.readAllBytes(CLASSES.resolve(name + ".bpf.o"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Map<String, Integer> groups() {
    return Abi.GROUPS;
  }
}
