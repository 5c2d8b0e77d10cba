package io.weir.linux;

import io.weir.itests.testing.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The C of {@code src/test/bpf}, compiled when a test asks for it. */
final class Compiled {
  private static final Map<String, byte[]> DONE = new ConcurrentHashMap<>();

  private Compiled() {}

  /**
   * @param name of the file, without {@code .c}
   */
  static byte[] object(String name) {
    return DONE.computeIfAbsent(name, Compiled::compile);
  }

  private static byte[] compile(String name) {
    try {
      Path object = Files.createTempFile(name, ".o");
      try {
        String multiarch = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
        Commands.run(
            "clang-19",
            "-target",
            "bpf",
            "-mcpu=v3",
            "-O2",
            "-g",
            "-Wall",
            "-Werror",
            "-idirafter",
            "/usr/include/" + multiarch + "-linux-gnu",
            "-c",
            "src/test/bpf/" + name + ".c",
            "-o",
            object.toString());
        return Files.readAllBytes(object);
      } finally {
        Files.deleteIfExists(object);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
