package io.weir.linux;

/**
 * What the kernel says of a map.
 *
 * @param id of the kernel
 * @param type a number of {@link MapType}
 * @param valueBytes of one CPU where there is a value for each
 */
public record MapInfo(
    int id, String name, int type, int keyBytes, int valueBytes, int maxEntries, int flags) {
  /** Whether a program that was compiled for {@code other} may use this map. */
  public boolean sameShape(MapInfo other) {
    return type == other.type
        && keyBytes == other.keyBytes
        && valueBytes == other.valueBytes
        && maxEntries == other.maxEntries
        && flags == other.flags;
  }
}
