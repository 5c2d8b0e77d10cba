package io.weir.datapath.command;

import io.weir.api.Listing;
import io.weir.api.StateFiles;
import io.weir.linux.BpfMap;
import io.weir.linux.Linux;
import io.weir.linux.MapInfo;
import io.weir.linux.MapType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Lists the kernel's maps of this node, and how full they are. */
@Service
@Command(scope = "weir", name = "maps", description = "The kernel's maps, and how full they are")
public final class MapsCommand implements Action {
  @Reference private StateFiles files;
  @Reference private Linux linux;

  @Override
  public Object execute() throws IOException {
    Listing.Builder listing =
        Listing.of(
            "map", "group", "abi", "type", "key-bytes", "value-bytes", "entries", "most-entries");
    for (Path group : in(files.places().bpffs().resolve("maps"))) {
      String name = group.getFileName().toString();
      int dash = name.lastIndexOf('-');
      for (Path pin : in(group)) {
        try (BpfMap map = linux.bpf().findMap(pin).orElseThrow()) {
          MapInfo info = map.info();
          listing.row(
              pin.getFileName().toString(),
              name.substring(0, dash),
              Integer.parseInt(name.substring(dash + 1)),
              MapType.nameOf(info.type()),
              info.keyBytes(),
              info.valueBytes(),
              entries(map).orElse(null),
              info.maxEntries());
        }
      }
    }
    return listing.build();
  }

  /** Of types that have entries to be counted: an array is always full, a ring has none. */
  private static Optional<Integer> entries(BpfMap map) {
    return switch (MapType.of(map.info().type()).orElse(MapType.RINGBUF)) {
      case HASH, LRU_HASH, PERCPU_HASH, LRU_PERCPU_HASH, LPM_TRIE -> Optional.of(map.count());
      default -> Optional.empty();
    };
  }

  private static List<Path> in(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
