package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.datapath.abi.Abi;
import io.weir.linux.Bpf;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.MapInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The maps of the ABI, pinned as {@code maps/GROUP-NUMBER/NAME}. A group of another number is
 * another directory, so that its maps are filled beside those that are in use: see {@link
 * FormerMaps}.
 */
final class PinnedMaps implements AutoCloseable {
  /** Maps whose number of entries is a setting: see {@link FlowTables}. */
  static final Set<String> SIZED =
      FlowFamily.BOTH.stream().map(FlowFamily::flows).collect(Collectors.toSet());

  private final Bpf bpf;
  private final Path root;
  private final Map<String, BpfMap> open = new TreeMap<>();
  private final FormerMaps former;

  PinnedMaps(Bpf bpf, Path root) {
    this.bpf = bpf;
    this.root = root;
    former = new FormerMaps(bpf, root);
    Abi.MAPS.keySet().forEach(name -> bpf.findMap(pin(name)).ifPresent(map -> open.put(name, map)));
  }

  /** Whether every map of the ABI is pinned. */
  boolean complete() {
    return open.keySet().equals(Abi.MAPS.keySet());
  }

  /** Whether there are maps of another ABI, which are still in use or were not tidied up. */
  boolean otherAbi() {
    return former.any();
  }

  /** What of those maps could not go on. */
  List<Problem> lost() {
    return former.lost();
  }

  /**
   * Has an object use what is pinned in place of maps of its own; to be called before it is loaded.
   *
   * @throws io.weir.api.ProblemException when a pinned map has another shape than its ABI number
   *     says
   */
  void lend(BpfObject object) {
    former.usable(object, open).forEach(this::pin);
    lend(object, Set.of());
  }

  /** All but some, of which the object makes new ones. */
  private void lend(BpfObject object, Set<String> without) {
    for (String name : object.maps()) {
      BpfMap map = open.get(name);
      if (map == null || without.contains(name)) {
        continue;
      }
      if (SIZED.contains(name)) {
        object.maxEntries(name, map.info().maxEntries());
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

  /** A map like the pinned one, with room for so many entries; nothing is in it. */
  BpfMap another(BpfObject object, String name, int entries) {
    lend(object, Set.of(name));
    object.maxEntries(name, entries);
    object.programs().forEach(object::skip);
    object.load();
    return object.map(name);
  }

  /** Takes what is pinned now in place of what was. */
  void reopen(String name) {
    BpfMap now = bpf.findMap(pin(name)).orElseThrow();
    BpfMap before = open.put(name, now);
    if (before != null) {
      before.close();
    }
  }

  /** Pins what a loaded object has made. */
  void keep(BpfObject object) {
    boolean flows = SIZED.stream().anyMatch(open::containsKey);
    for (String name : object.maps()) {
      if (Abi.MAPS.containsKey(name) && !open.containsKey(name)) {
        BpfMap map = object.map(name);
        if (flows && name.equals("translated")) {
          markAll(map);
        }
        pin(name, map);
      }
    }
  }

  /** Whose flows were translated, before anybody noted it, is not known. */
  private static void markAll(BpfMap translated) {
    for (int endpoint = 0; endpoint < translated.info().maxEntries(); endpoint++) {
      translated.update(Revisions.word(endpoint), new byte[] {1});
    }
  }

  private void pin(String name, BpfMap map) {
    Pins.directory(pin(name).getParent());
    map.pin(pin(name));
    open.put(name, map);
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

  Path pin(String name) {
    return pin(root, name);
  }

  /** Where a map of the ABI is pinned below {@code maps}. */
  static Path pin(Path root, String name) {
    return root.resolve(directory(Abi.MAPS.get(name))).resolve(name);
  }

  private static String directory(String group) {
    return group + "-" + Abi.GROUPS.get(group);
  }
}
