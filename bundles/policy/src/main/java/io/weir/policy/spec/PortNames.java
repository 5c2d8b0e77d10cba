package io.weir.policy.spec;

import java.util.regex.Pattern;

/** Reads names of ports. */
final class PortNames {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]+(-[A-Za-z0-9]+)*");

  private PortNames() {}

  static String read(Node node) {
    String name = node.text();
    boolean letters = name.chars().anyMatch(Character::isLetter);
    if (name.length() > 63 || !letters || !NAME.matcher(name).matches()) {
      throw node.refuse("a port number or name");
    }
    return name;
  }
}
