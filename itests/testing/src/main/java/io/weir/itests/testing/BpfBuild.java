package io.weir.itests.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the build has made of {@code bpf/}, for tests that run in a module's directory. */
public final class BpfBuild {
  private static final Path OBJECTS = Path.of("../../bpf/target/classes/weir");

  private BpfBuild() {}

  /**
   * An object file, as clang wrote it.
   *
   * @param name {@code pod}, {@code sock}, {@code clock}
   */
  public static byte[] object(String name) {
    try {
      return Files.readAllBytes(OBJECTS.resolve(name + ".bpf.o"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
