package io.weir.console.swap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The order in which a whole release is put in place: the floor as one control restart, since newer
 * controllers may ask for newer interfaces, and those are compatible with older ones; programs and
 * those who load them as one, since their layouts agree; controllers one by one; the faces last.
 */
final class Release {
  private static final List<Set<String>> FIRST =
      List.of(SwapPlan.FLOOR, Set.of("io.weir.bpf", "io.weir.datapath"));
  private static final List<Set<String>> LAST =
      List.of(Set.of("io.weir.flows"), Set.of("io.weir.console"));

  private Release() {}

  /** Bundles, those that are replaced as one together, each group in order of names. */
  static List<List<String>> order(Collection<String> bundles) {
    TreeSet<String> rest = new TreeSet<>(bundles);
    List<List<String>> order = new ArrayList<>();
    FIRST.forEach(group -> take(group, rest, order));
    List<List<String>> end = new ArrayList<>();
    LAST.forEach(group -> take(group, rest, end));
    rest.forEach(bundle -> order.add(List.of(bundle)));
    order.addAll(end);
    return order;
  }

  private static void take(Set<String> group, TreeSet<String> rest, List<List<String>> order) {
    List<String> taken = rest.stream().filter(group::contains).toList();
    if (!taken.isEmpty()) {
      order.add(taken);
      rest.removeAll(taken);
    }
  }
}
