package io.weir.console;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Who calls: what the kernel says of the process at the other end of the socket, as it was when it
 * connected.
 *
 * @param master whether it is root, or the user whose engine this is; else it is of the group that
 *     {@code socket-group} names
 */
record Caller(int user, int group, int process, boolean master) {
  /** One of whom nothing is known, and who may do the least. */
  static final Caller NOBODY = new Caller(-1, -1, 0, false);

  private static final Path USERS = Path.of("/etc/passwd");

  /** The user's name, or its number where this machine has no name for it. */
  String name() {
    return name(USERS);
  }

  String name(Path users) {
    String number = Integer.toUnsignedString(user);
    try (Stream<String> lines = Files.lines(users, StandardCharsets.ISO_8859_1)) {
      return lines
          .map(line -> line.split(":", -1))
          .filter(fields -> fields.length > 2 && fields[2].equals(number))
          .map(fields -> fields[0])
          .findFirst()
          .orElse(number);
    } catch (IOException e) {
      return number;
    }
  }
}
