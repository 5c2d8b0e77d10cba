package io.weir.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that ship inside the program. */
final class Shipped {
  private Shipped() {}

  static String text(String name) {
    try (InputStream stream = Shipped.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void copy(String name, Path to) {
    try {
      Files.writeString(to, text(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
