package io.weir.flows;

import java.util.Arrays;

/**
 * What was found by a key of three numbers, for keys that come again and again: each has one place,
 * where the last key that wanted it is. Used by one thread.
 */
abstract class Recent<V> {
  private static final int KEY = 3;

  private final long[] keys;
  private final Object[] values;
  private final int mask;

  /**
   * @param places a power of two
   */
  Recent(int places) {
    keys = new long[places * KEY];
    values = new Object[places];
    mask = places - 1;
  }

  /** Finds the value of a key that is not there. */
  abstract V find(long a, long b, long c);

  final V get(long a, long b, long c) {
    int place = (int) mix(a, b, c) & mask;
    int at = place * KEY;
    Object there = values[place];
    if (there != null && keys[at + 1] == b && keys[at + 2] == c && keys[at] == a) {
      @SuppressWarnings("unchecked")
      V value = (V) there;
      return value;
    }
    V value = find(a, b, c);
    keys[at] = a;
    keys[at + 1] = b;
    keys[at + 2] = c;
    values[place] = value;
    return value;
  }

  final void clear() {
    Arrays.fill(values, null);
  }

  /** All bits of all three, in the low ones too. */
  static long mix(long a, long b, long c) {
    long hash = (a ^ b * 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L ^ c * 0x94d049bb133111ebL;
    return hash ^ hash >>> 32 ^ hash >>> 17;
  }
}
