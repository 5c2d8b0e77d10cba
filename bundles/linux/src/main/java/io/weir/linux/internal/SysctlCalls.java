package io.weir.linux.internal;

import io.weir.linux.Namespaces;
import io.weir.linux.Sysctls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@link Sysctls} by files, which show the namespace of the thread that opens them. */
final class SysctlCalls implements Sysctls {
  private static final Path ROOT = Path.of("/proc/sys");

  private static final int MOST_BYTES = 4096;

  private final Namespaces namespaces;

  SysctlCalls(Namespaces namespaces) {
    this.namespaces = namespaces;
  }

  @Override
  public String read(String name) {
    Path file = ROOT.resolve(name);
    // By one read: of numbers the kernel gives no more than the first read asks for.
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw Errors.of(e, file.toString());
    }
  }

  @Override
  public void write(String name, String value) {
    Path file = ROOT.resolve(name);
    if (read(name).equals(value)) {
      return;
    }
    try {
      Files.writeString(file, value);
    } catch (IOException e) {
      throw Errors.of(e, file + ": " + value);
    }
  }

  @Override
  public String read(Path namespace, String name) {
    return namespaces.call(namespace, () -> read(name));
  }

  @Override
  public void write(Path namespace, String name, String value) {
    namespaces.call(
        namespace,
        () -> {
          write(name, value);
          return name;
        });
  }
}
