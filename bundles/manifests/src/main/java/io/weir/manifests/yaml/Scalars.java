package io.weir.manifests.yaml;

import io.weir.api.row.Resource;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an unquoted word stands for. The core schema of YAML 1.2, so that {@code yes}, {@code no},
 * {@code on}, {@code off} are text; but {@code 0644} is octal, as in YAML 1.1, since manifests are
 * written for tools that read it so.
 */
final class Scalars {
  private static final Pattern DECIMAL = Pattern.compile("[-+]?(0|[1-9][0-9]*)");
  private static final Pattern OCTAL = Pattern.compile("0o?[0-7]+");
  private static final Pattern HEXADECIMAL = Pattern.compile("0x[0-9a-fA-F]+");
  private static final Pattern FRACTION =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
  private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> TRUE = Set.of("true", "True", "TRUE");
  private static final Set<String> FALSE = Set.of("false", "False", "FALSE");

  /** No number is written longer than this; a longer word is text. */
  private static final int LONGEST_NUMBER = 40;

  private Scalars() {}

  static Object resolve(String word) {
    if (NULLS.contains(word)) {
      return Resource.NULL;
    }
    if (TRUE.contains(word)) {
      return true;
    }
    if (FALSE.contains(word)) {
      return false;
    }
    if (word.length() > LONGEST_NUMBER) {
      return word;
    }
    try {
      if (DECIMAL.matcher(word).matches()) {
        return Long.valueOf(word);
      }
      if (HEXADECIMAL.matcher(word).matches()) {
        return Long.valueOf(word.substring(2), 16);
      }
      if (OCTAL.matcher(word).matches()) {
        return Long.valueOf(word.substring(word.charAt(1) == 'o' ? 2 : 1), 8);
      }
    } catch (NumberFormatException beyondLong) {
      return fraction(word);
    }
    boolean leadingZero = word.matches("[-+]?0[0-9]+");
    return leadingZero ? word : fraction(word);
  }

  /** A number beyond those of {@code Double} is text, since no JSON could tell it. */
  private static Object fraction(String word) {
    if (!FRACTION.matcher(word).matches()) {
      return word;
    }
    double number = Double.parseDouble(word);
    return Double.isInfinite(number) ? word : (Object) number;
  }
}
