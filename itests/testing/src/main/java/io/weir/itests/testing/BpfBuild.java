package io.weir.itests.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the build has made of {@code bpf/}, for tests that run in a module's directory. Where {@code
 * weir.coverage} names a directory, its objects are those of {@code bpf/coverage}, which count the
 * lines that run.
 */
public final class BpfBuild {
  /** The map that such an object counts in: an array of one value of 64-bit counters. */
  public static final String COVERAGE = ".data.coverage";

  private static final String COVERED = System.getProperty("weir.coverage", "");
  private static final Path OBJECTS =
      Path.of(COVERED.isEmpty() ? "../../bpf/target/classes/weir" : COVERED);

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

  /** Keeps what a loaded object has counted, for {@code itests/tools/Coverage.java}. */
  public static void keepCoverage(String name, byte[] counters) {
    try {
      Path directory = Files.createDirectories(OBJECTS.resolve("counters"));
      Files.write(Files.createTempFile(directory, name + "-", ".counters"), counters);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
