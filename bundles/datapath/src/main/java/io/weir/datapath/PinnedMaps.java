package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.datapath.abi.Abi;
import io.weir.linux.Bpf;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.MapInfo;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The maps of the ABI, pinned as {@code maps/GROUP-NUMBER/NAME}. A group of another number is
 * another directory, so that its maps are filled beside those that are in use.
 */
final class PinnedMaps implements AutoCloseable {
  private final Bpf bpf;
  private final Path root;
  private final Map<String, BpfMap> open = new TreeMap<>();

  PinnedMaps(Bpf bpf, Path root) {
    this.bpf = bpf;
    this.root = root;
    Abi.MAPS.keySet().forEach(name -> bpf.findMap(pin(name)).ifPresent(map -> open.put(name, map)));
  }

  /** Whether every map of the ABI is pinned. */
  boolean complete() {
    return open.keySet().equals(Abi.MAPS.keySet());
  }

  /**
   * Has an object use what is pinned in place of maps of its own; to be called before it is loaded.
   *
   * @throws io.weir.api.ProblemException when a pinned map has another shape than its ABI number
   *     says
   */
  void lend(BpfObject object) {
    for (String name : object.maps()) {
      BpfMap map = open.get(name);
      if (map == null) {
        continue;
      }
      MapInfo declared = object.declared(name);
      if (!map.info().sameShape(declared)) {
        throw Problem.of(pin(name).toString(), "a map like " + declared, map.info().toString())
            .remedy(
                "raise the ABI number of the group, or take Weir off the node by weir uninstall")
            .asException();
      }
      object.reuse(name, map);
    }
  }

  /** Pins what a loaded object has made. */
  void keep(BpfObject object) {
    for (String name : object.maps()) {
      if (Abi.MAPS.containsKey(name) && !open.containsKey(name)) {
        Pins.directory(pin(name).getParent());
        BpfMap map = object.map(name);
        map.pin(pin(name));
        open.put(name, map);
      }
    }
  }

  BpfMap map(String name) {
    return Optional.ofNullable(open.get(name))
        .orElseThrow(
            () -> Problem.of("map " + name, "a pinned map of the ABI", "none").asException());
  }

  /** Takes away groups of other numbers, which nothing refers to any more. */
  void retireOthers() {
    for (Path group : Pins.in(root)) {
      if (Abi.GROUPS.entrySet().stream()
          .noneMatch(entry -> group.getFileName().toString().equals(directory(entry.getKey())))) {
        Pins.delete(group);
      }
    }
  }

  @Override
  public void close() {
    open.values().forEach(BpfMap::close);
    open.clear();
  }

  private Path pin(String name) {
    return root.resolve(directory(Abi.MAPS.get(name))).resolve(name);
  }

  private static String directory(String group) {
    return group + "-" + Abi.GROUPS.get(group);
  }
}
