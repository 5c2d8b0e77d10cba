package io.weir.itests.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small damage: flip, delete, duplicate, repeat, splice, numbers at boundaries. */
final class Mutation {
  /** Characters, or bytes, of a mutated input. */
  private static final int LARGEST = 200_000;

  private static final int MOST_REPEATS = 20_000;

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-1",
          "1",
          "00",
          "08",
          "255",
          "256",
          "65535",
          "65536",
          "2147483647",
          "2147483648",
          "-2147483648",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "1e400",
          "-1e400",
          "1e-400",
          "0x1F",
          "0o17",
          ".5",
          "1.",
          "NaN",
          ".inf",
          "1_000");

  private static final List<String> ODD =
      List.of(
          "\0", "\t", "\r", "\n", " ", "\\", "\"", "'", "{", "}", "[", "]", ":", ": ", ",", "- ",
          "#", "&a ", "*a", "<<: ", "!!str ", "%", "|\n", ">\n", "---\n", "...\n", "/", "..", "=",
          ";", "~", "null", "\u0085", "\u2028", "\ufeff", "\ud800", "\udc00", "😀", "\u0660");

  private static final List<String> WIRE_NUMBERS =
      List.of(
          "\0",
          "\u0001",
          "\u007f",
          "\u0080",
          "\u00ff",
          "\0\0",
          "\u00ff\u00ff",
          "\u007f\u00ff",
          "\u0080\0",
          "\0\0\0\0",
          "\0\0\0\u0001",
          "\u00ff\u00ff\u00ff\u00ff",
          "\u007f\u00ff\u00ff\u00ff",
          "\u0080\0\0\0",
          "\0\u0010\0\0",
          "\0\u0010\0\u0001");

  private Mutation() {}

  static String text(Random random, String text, String other) {
    return changed(random, text, other, NUMBERS, ODD);
  }

  static byte[] bytes(Random random, byte[] bytes, byte[] other) {
    return changed(
            random,
            new String(bytes, ISO_8859_1),
            new String(other, ISO_8859_1),
            WIRE_NUMBERS,
            WIRE_NUMBERS)
        .getBytes(ISO_8859_1);
  }

  private static String changed(
      Random random, String text, String other, List<String> numbers, List<String> odd) {
    StringBuilder changed = new StringBuilder(text);
    for (int more = random.nextInt(8); more >= 0; more--) {
      change(random, changed, other, numbers, odd);
      if (changed.length() > LARGEST) {
        changed.setLength(LARGEST);
      }
    }
    return changed.toString();
  }

  private static void change(
      Random random, StringBuilder text, String other, List<String> numbers, List<String> odd) {
    int from = random.nextInt(text.length() + 1);
    int to = end(random, text, from);
    switch (random.nextInt(8)) {
      case 0 -> {
        if (from < text.length()) {
          text.setCharAt(from, (char) (text.charAt(from) ^ 1 << random.nextInt(8)));
        }
      }
      case 1 -> text.delete(from, to);
      case 2 -> text.insert(random.nextInt(text.length() + 1), text.substring(from, to));
      case 3 -> {
        int start = random.nextInt(other.length() + 1);
        text.replace(from, to, other.substring(start, end(random, other, start)));
      }
      case 4 -> number(text, from, pick(random, numbers));
      case 5 -> text.insert(from, pick(random, odd));
      case 6 -> text.replace(from, to, pick(random, odd));
      default -> {
        if (random.nextInt(8) == 0) {
          String piece = pick(random, odd);
          text.insert(from, piece.repeat(1 + random.nextInt(MOST_REPEATS)));
        }
      }
    }
  }

  /** Where a piece that begins at {@code from} ends: mostly soon. */
  private static int end(Random random, CharSequence text, int from) {
    int rest = text.length() - from;
    return from + random.nextInt((random.nextInt(4) == 0 ? rest : Math.min(rest, 8)) + 1);
  }

  /** Instead of the next number of digits; where there is none, in between. */
  private static void number(StringBuilder text, int from, String number) {
    int first = from;
    while (first < text.length() && !Character.isDigit(text.charAt(first))) {
      first++;
    }
    int last = first;
    while (last < text.length() && Character.isDigit(text.charAt(last))) {
      last++;
    }
    boolean none = first == text.length();
    text.replace(none ? from : first, none ? from : last, number);
  }

  static Object tree(Random random, Object value, List<?> leaves) {
    boolean here = random.nextInt(6) == 0;
    if (value instanceof Map<?, ?> map && !map.isEmpty() && !here) {
      return map(random, map, leaves);
    }
    if (value instanceof List<?> list && !list.isEmpty() && !here) {
      return list(random, list, leaves);
    }
    return switch (random.nextInt(value instanceof String ? 5 : 4)) {
      case 0 -> List.of(value);
      case 1 -> Map.of(pick(random, NUMBERS), value);
      case 4 -> text(random, (String) value, pick(random, NUMBERS));
      default -> leaves.get(random.nextInt(leaves.size()));
    };
  }

  private static Map<Object, Object> map(Random random, Map<?, ?> map, List<?> leaves) {
    Map<Object, Object> changed = new LinkedHashMap<>(map);
    Object key = new ArrayList<>(map.keySet()).get(random.nextInt(map.size()));
    switch (random.nextInt(8)) {
      case 0 -> changed.remove(key);
      case 1 -> changed.put(text(random, key.toString(), ""), changed.remove(key));
      case 2 -> changed.put(key, leaves.get(random.nextInt(leaves.size())));
      default -> changed.put(key, tree(random, map.get(key), leaves));
    }
    return changed;
  }

  private static List<Object> list(Random random, List<?> list, List<?> leaves) {
    List<Object> changed = new ArrayList<>(list);
    int at = random.nextInt(list.size());
    switch (random.nextInt(8)) {
      case 0 -> changed.remove(at);
      case 1 -> changed.addAll(at, list);
      case 2 -> changed.add(at, leaves.get(random.nextInt(leaves.size())));
      default -> changed.set(at, tree(random, list.get(at), leaves));
    }
    return changed;
  }

  private static String pick(Random random, List<String> some) {
    return some.get(random.nextInt(some.size()));
  }
}
