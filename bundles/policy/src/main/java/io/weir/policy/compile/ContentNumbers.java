package io.weir.policy.compile;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Positive numbers that stand for content: made from its hash, so that the same content gets the
 * same number again after a restart without anything being kept. Only where two contents want one
 * number is the later one's kept, since it depends on who came first.
 *
 * <p>Numbers of fewer bits clash more often; once three quarters of them are in use, others are of
 * all bits.
 */
final class ContentNumbers<T> {
  /** Numbers that an event of the kernel has room for. */
  static final int SHORT = 0xffff;

  private static final int ALL_BITS = 0x7fffffff;

  private static final class Held {
    final int number;
    final String digest;
    int holders;

    Held(int number, String digest) {
      this.number = number;
      this.digest = digest;
    }
  }

  private final Function<T, byte[]> bytes;
  private final int bits;
  private final Map<T, Held> held = new HashMap<>();
  private final Map<Integer, T> contents = new HashMap<>();

  /** Numbers that are not what their content's hash says, by digest. */
  private final Map<String, Integer> exceptions;

  private final Set<Integer> exceptional;

  /** How many of the numbers in use are of few bits. */
  private int few;

  private boolean unsaved;

  ContentNumbers(Function<T, byte[]> bytes, Map<String, Integer> exceptions) {
    this(bytes, exceptions, ALL_BITS);
  }

  /**
   * @param bits that numbers may have, a mask of the lowest ones
   */
  ContentNumbers(Function<T, byte[]> bytes, Map<String, Integer> exceptions, int bits) {
    this.bytes = bytes;
    this.exceptions = new TreeMap<>(exceptions);
    this.bits = bits;
    exceptional = new HashSet<>(exceptions.values());
  }

  /** The content's number, held until it is released as often as it was acquired. */
  int acquire(T content) {
    Held found = held.get(content);
    if (found == null) {
      found = number(content);
      held.put(content, found);
      contents.put(found.number, content);
      few += found.number <= bits ? 1 : 0;
    }
    found.holders++;
    return found.number;
  }

  void release(int number) {
    T content = contents.get(number);
    Held found = held.get(content);
    if (--found.holders == 0) {
      held.remove(content);
      contents.remove(number);
      few -= number <= bits ? 1 : 0;
      if (exceptions.remove(found.digest) != null) {
        exceptional.remove(number);
        unsaved = true;
      }
    }
  }

  /** What {@code number} stands for. */
  T content(int number) {
    return contents.get(number);
  }

  Map<String, Integer> exceptions() {
    return Collections.unmodifiableMap(exceptions);
  }

  boolean unsaved() {
    return unsaved;
  }

  void saved() {
    unsaved = false;
  }

  private Held number(T content) {
    byte[] digest = sha256(bytes.apply(content));
    String name = HexFormat.of().formatHex(digest, 0, 16);
    Integer kept = exceptions.get(name);
    if (kept != null) {
      return new Held(kept, name);
    }
    boolean crowded = few * 4L >= bits * 3L;
    int mask = crowded ? ALL_BITS : bits;
    boolean first = mask == bits;
    for (byte[] round = digest; ; round = sha256(round)) {
      ByteBuffer words = ByteBuffer.wrap(round);
      while (words.hasRemaining()) {
        int number = words.getInt() & mask;
        if (number != 0 && !contents.containsKey(number) && !exceptional.contains(number)) {
          if (!first) {
            exceptions.put(name, number);
            exceptional.add(number);
            unsaved = true;
          }
          return new Held(number, name);
        }
        first &= number == 0;
      }
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
