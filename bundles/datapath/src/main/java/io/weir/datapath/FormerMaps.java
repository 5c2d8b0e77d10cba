package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.datapath.abi.Abi;
import io.weir.linux.Bpf;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maps of groups of another ABI number, as an engine of another version has left them. What only
 * the kernel knows goes on in the map that it is in, which programs of both versions use until the
 * last of the former is replaced: so nothing of it is missed. That needs keys and values with the
 * same fields in the same places. All other maps are filled beside the former ones.
 */
final class FormerMaps {
  private static final Logger LOG = LoggerFactory.getLogger(FormerMaps.class);

  /** Kept together or not at all. */
  private record Unit(List<String> maps, String otherwise) {}

  private static final List<Unit> KEPT =
      List.of(
          flows(FlowFamily.IPV4),
          flows(FlowFamily.IPV6),
          new Unit(List.of("fragments"), "fragments whose first one has passed are dropped"),
          new Unit(List.of("translated"), "every flow looks for a translation"),
          new Unit(List.of("revisions"), "every flow is decided anew"),
          new Unit(List.of("counters"), "counters begin at zero"),
          new Unit(List.of("drops"), "counters of drops begin at zero"),
          new Unit(
              List.of("origins", "origin_sockets"),
              "what connects just now is told without its service"));

  private final Bpf bpf;
  private final Map<String, Path> groups = new TreeMap<>();
  private final List<Problem> lost = new ArrayList<>();

  /**
   * @param root with the groups, {@code GROUP-NUMBER}
   */
  FormerMaps(Bpf bpf, Path root) {
    this.bpf = bpf;
    for (Path directory : Pins.in(root)) {
      String name = directory.getFileName().toString();
      int dash = name.lastIndexOf('-');
      String group = name.substring(0, Math.max(0, dash));
      if (Abi.GROUPS.containsKey(group)
          && !name.substring(dash + 1).equals(String.valueOf(Abi.GROUPS.get(group)))) {
        groups.put(group, directory);
      }
    }
  }

  /** What could not go on, with what that means. */
  List<Problem> lost() {
    return List.copyOf(lost);
  }

  boolean any() {
    return !groups.isEmpty();
  }

  /**
   * What an object, which is not loaded yet, may go on with.
   *
   * @param there maps of now by name, which are left alone
   * @return maps by name; the caller closes them
   */
  Map<String, BpfMap> usable(BpfObject object, Map<String, BpfMap> there) {
    Map<String, BpfMap> usable = new TreeMap<>();
    for (Unit unit : KEPT) {
      if (object.maps().containsAll(unit.maps())
          && unit.maps().stream().noneMatch(there::containsKey)
          && unit.maps().stream().anyMatch(name -> groups.containsKey(Abi.MAPS.get(name)))) {
        usable.putAll(usable(object, unit));
      }
    }
    return usable;
  }

  private Map<String, BpfMap> usable(BpfObject object, Unit unit) {
    Map<String, BpfMap> found = new TreeMap<>();
    unit.maps().forEach(name -> bpf.findMap(pin(name)).ifPresent(map -> found.put(name, map)));
    if (found.isEmpty()) { // it is new
      return found;
    }
    for (String name : unit.maps()) {
      Optional<Problem> problem =
          found.containsKey(name)
              ? difference(object, name, found.get(name))
              : Optional.of(Problem.of(pin(name).toString(), "a map of another ABI", "none"));
      if (problem.isPresent()) {
        lost.add(problem.get().remedy("nothing; " + unit.otherwise()));
        found.values().forEach(BpfMap::close);
        return Map.of();
      }
    }
    LOG.info("maps {} of another ABI go on with all that is in them", unit.maps());
    return found;
  }

  private Optional<Problem> difference(BpfObject object, String name, BpfMap map) {
    if (PinnedMaps.SIZED.contains(name)) {
      object.maxEntries(name, map.info().maxEntries());
    }
    // the kernel knows no types of a map of maps
    boolean typed = FlowFamily.BOTH.stream().noneMatch(family -> family.table().equals(name));
    String expected = typed ? object.layout(name) : "";
    String came = typed ? map.layout() : "";
    String where = pin(name).toString();
    if (!expected.equals(came)) {
      return Optional.of(Problem.of(where, expected, came));
    }
    return map.info().sameShape(object.declared(name))
        ? Optional.empty()
        : Optional.of(
            Problem.of(
                where, "a map like " + object.declared(name).toString(), map.info().toString()));
  }

  private Path pin(String name) {
    return groups.get(Abi.MAPS.get(name)).resolve(name);
  }

  private static Unit flows(FlowFamily family) {
    return new Unit(
        List.of(family.flows(), family.table(), family.nats()),
        "flows of " + family + " are decided anew, and those that are translated end");
  }
}
