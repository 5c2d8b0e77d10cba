package io.weir.linux;

/**
 * A map to be made.
 *
 * @param name up to 15 characters
 * @param flags {@code BPF_F_…} of {@code linux/bpf.h}
 */
public record MapSpec(
    String name, MapType type, int keyBytes, int valueBytes, int maxEntries, int flags) {
  /** For LPM tries, and for hashes that are not to be allocated in advance. */
  public static final int NO_PREALLOC = 1;
}
