package io.weir.console.sysdump;

import java.nio.charset.StandardCharsets;

/**
 * One file of the archive.
 *
 * @param name its path there
 */
public record Part(String name, Content content) {
  /** Reads or asks for what the part holds. */
  @FunctionalInterface
  public interface Content {
    /** Without secrets that have a form of their own; all text is looked through once more. */
    byte[] read() throws Exception;
  }

  /** Produces text. */
  @FunctionalInterface
  public interface Text {
    String read() throws Exception;
  }

  public static Part text(String name, Text text) {
    return new Part(name, () -> text.read().getBytes(StandardCharsets.UTF_8));
  }
}
