package io.weir.datapath;

import java.util.Arrays;

/** A key of a map as a key of Java's. The array is not copied and must not change. */
record Bytes(byte[] array) {
  static byte[] slice(byte[] array, int from, int length) {
    return Arrays.copyOfRange(array, from, from + length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && Arrays.equals(array, that.array);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(array);
  }

  @Override
  public String toString() {
    return java.util.HexFormat.of().formatHex(array);
  }
}
