package io.weir.bpf.layout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code java OBJECT PACKAGE DIRECTORY}, or {@code properties OBJECT FILE}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws IOException {
    if (args.length == 4 && args[0].equals("java")) {
      Path directory = Path.of(args[3]).resolve(args[2].replace('.', '/'));
      new JavaWriter(Btf.of(Elf.read(Path.of(args[1]))), args[2], directory).write();
    } else if (args.length == 3 && args[0].equals("properties")) {
      Files.writeString(Path.of(args[2]), Properties.text(Btf.of(Elf.read(Path.of(args[1])))));
    } else {
      throw new IllegalArgumentException(
          "expected: java OBJECT PACKAGE DIRECTORY, or: properties OBJECT FILE; got "
              + String.join(" ", args));
    }
  }
}
