package io.weir.datapath;

import io.weir.itests.testing.Commands;
import io.weir.linux.BpfObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs of {@code src/test/bpf}, compiled as those of {@code bpf/} are, over a node's maps. */
final class TestObject {
  private TestObject() {}

  /** Loaded; the caller closes it. */
  static BpfObject load(TestNode node, String name) throws IOException {
    BpfObject object = node.linux.bpf().open(name, compile(name));
    for (String map : object.maps()) {
      if (node.kernel.has(map)) {
        object.reuse(map, node.kernel.map(map));
      }
    }
    object.load();
    return object;
  }

  private static byte[] compile(String name) throws IOException {
    Path object = Files.createTempFile(name, ".o");
    String machine = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";

    try {
      Commands.run(
          "clang-19",
          "-O2",
          "-g",
          "-target",
          "bpf",
          "-mcpu=v3",
          "-std=gnu11",
          "-Wall",
          "-Werror",
          "-Wno-unused-function",
          "-isystem",
          "/usr/include/" + machine + "-linux-gnu",
          "-I",
          "../../bpf",
          "-c",
          "src/test/bpf/" + name + ".c",
          "-o",
          object.toString());
      return Files.readAllBytes(object);
    } finally {
      Files.deleteIfExists(object);
    }
  }
}
