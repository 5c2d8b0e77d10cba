package io.weir.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Takes a lab away, whatever state it was left in. What runs in it is killed by its cgroup, so
 * nothing can make anything new meanwhile; links, routes and rules go with the namespaces.
 */
final class Down {
  /** What several labs and engines share: removed by whoever leaves it empty. */
  private static final List<Path> SHARED =
      List.of(
          Path.of("/sys/fs/bpf/weir"),
          Path.of("/run/netns"),
          Path.of("/var/lib/weir"),
          Path.of("/run/weir/lab"),
          Path.of("/run/weir"));

  private Down() {}

  static void down(Store store) {
    LabState state = store.state();
    Names names = store.names();
    Path cgroup = Path.of(state.cgroup());
    Cgroups.kill(cgroup);
    Network network = new Network(names);
    for (LabState.Node node : state.nodes()) {
      network.removeNamespace(node.name());
      // Programs and links live as long as they are pinned.
      removeTree(Engines.bpffs(node));
      removeTree(Engines.run(node));
      removeTree(Engines.base(node));
    }
    network.removeNamespace(Names.WORLD);
    Cgroups.remove(cgroup);
    removeIfEmpty(SHARED.get(0));
    for (String point : state.mounts()) {
      Processes.must("umount " + point, Processes.run("umount", point));
    }
    removeTree(names.directory());
    store.delete();
    SHARED.forEach(Down::removeIfEmpty);
  }

  private static void removeTree(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void removeIfEmpty(Path directory) {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      // Somebody else's things are in it.
    } catch (FileSystemException e) {
      // It is a mount point: ip netns makes one of /run/netns.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
