package io.weir.policy.spec;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Reads names of ports (RFC 6335, section 5.1): up to 15 letters, digits and single hyphens, of any
 * case, with at least one letter.
 */
final class PortNames {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]+(-[A-Za-z0-9]+)*");

  private static final int LONGEST = 15;

  private PortNames() {}

  static String read(Node node) {
    String name = node.text();
    boolean letters = name.chars().anyMatch(Character::isLetter);
    if (name.length() > LONGEST || !letters || !NAME.matcher(name).matches()) {
      throw node.refuse("a port number or name");
    }
    return name.toLowerCase(Locale.ROOT);
  }
}
