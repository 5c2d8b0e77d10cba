package io.weir.flows;

import io.weir.itests.testing.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs of {@code src/test/bpf}, which fill a ring as the datapath does. */
final class TellPrograms {
  private static final Path SOURCES =
      Files.isDirectory(Path.of("src/test/bpf"))
          ? Path.of("src/test/bpf")
          : Path.of("bundles/flows/src/test/bpf");

  private TellPrograms() {}

  /** An object file. */
  static byte[] compile(String name) throws IOException {
    Path built = Files.createTempFile(name, ".o");
    try {
      String machine = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
      Commands.run(
          "clang-19",
          "-target",
          "bpf",
          "-mcpu=v3",
          "-O2",
          "-g",
          "-Wall",
          "-Werror",
          "-I" + SOURCES.resolve("../../../../../bpf"),
          "-idirafter",
          "/usr/include/" + machine + "-linux-gnu",
          "-c",
          SOURCES.resolve(name + ".c").toString(),
          "-o",
          built.toString());
      return Files.readAllBytes(built);
    } finally {
      Files.deleteIfExists(built);
    }
  }
}
