package io.weir.console;

import io.weir.api.Problem;
import io.weir.api.Setting;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * Who reaches the socket, by the modes of files: root only, or a group besides. The kernel knows
 * all groups of a process, the socket's peer credentials one; so the kernel decides.
 */
final class SocketAccess {
  static final Setting<Optional<String>> GROUP =
      new Setting<>(
          "socket-group",
          "",
          "A group of this machine whose members may call this engine without being root; nothing"
              + " for root only.",
          "the name of a group of this machine, or nothing",
          SocketAccess::parse);

  private SocketAccess() {}

  private static Optional<String> parse(String text) {
    String name = text.strip();
    if (name.isEmpty()) {
      return Optional.empty();
    }
    try {
      group(name);
      return Optional.of(name);
    } catch (IOException e) {
      throw new IllegalArgumentException(name, e);
    }
  }

  private static GroupPrincipal group(String name) throws IOException {
    return FileSystems.getDefault()
        .getUserPrincipalLookupService()
        .lookupPrincipalByGroupName(name);
  }

  /** Sets the modes: first what takes away, then what gives. */
  static void apply(Path socket, Optional<String> group) {
    Path directory = socket.getParent();
    try {
      if (group.isEmpty()) {
        mode(directory, "rwx------");
        mode(socket, "rw-------");
        give(directory, own(directory.getParent()));
        give(socket, own(directory.getParent()));
        return;
      }
      GroupPrincipal principal = group(group.get());
      mode(socket, "rw-------");
      give(socket, principal);
      mode(socket, "rw-rw----");
      give(directory, principal);
      mode(directory, "rwx--x---");
      open(directory.getParent());
    } catch (IOException e) {
      throw Problem.of(socket.toString(), "modes for " + group.orElse("root"), e.getMessage())
          .asException();
    }
  }

  private static GroupPrincipal own(Path file) throws IOException {
    return Files.readAttributes(file, PosixFileAttributes.class).group();
  }

  private static void give(Path file, GroupPrincipal group) throws IOException {
    Files.getFileAttributeView(file, PosixFileAttributeView.class).setGroup(group);
  }

  private static void mode(Path file, String mode) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  /** {@code /run/weir} holds names of nodes, which are no secret. */
  private static void open(Path parent) throws IOException {
    Set<PosixFilePermission> modes = Files.getPosixFilePermissions(parent);
    if (modes.addAll(PosixFilePermissions.fromString("r-xr-xr-x"))) {
      Files.setPosixFilePermissions(parent, modes);
    }
  }
}
