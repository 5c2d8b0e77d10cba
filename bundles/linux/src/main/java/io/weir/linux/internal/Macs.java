package io.weir.linux.internal;

import java.util.HexFormat;

/** Ethernet addresses: six bytes, {@code 02:00:00:00:00:01}. */
final class Macs {
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  private Macs() {}

  static String text(byte[] bytes) {
    return COLONS.formatHex(bytes);
  }

  static byte[] bytes(String text) {
    byte[] bytes = COLONS.parseHex(text);
    if (bytes.length != 6) {
      throw new IllegalArgumentException("expected six bytes, got " + text);
    }
    return bytes;
  }
}
