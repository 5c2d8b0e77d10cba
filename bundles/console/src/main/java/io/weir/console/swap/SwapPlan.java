package io.weir.console.swap;

import io.weir.api.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What is replaced by what, and whom it affects.
 *
 * @param parts bundles that are replaced as one
 * @param affected symbolic names of all bundles that are stopped and started, sorted
 * @param control whether this is a control restart: all of Java's part starts again
 */
record SwapPlan(List<Part> parts, Set<String> affected, boolean control) {
  private static final String PREFIX = "io.weir.";

  /** What the others stand on. */
  static final Set<String> FLOOR = Set.of(PREFIX + "linux", PREFIX + "state", PREFIX + "api");

  /** A bundle without code takes effect by the one that reads it. */
  private static final Map<String, String> READERS = Map.of(PREFIX + "bpf", PREFIX + "datapath");

  /**
   * One bundle.
   *
   * @param from the version that is in force
   * @param jar what comes in its place, of version {@code to}
   */
  record Part(String bundle, String from, String to, Path jar) {}

  /**
   * The plan for bundles that are replaced as one.
   *
   * @throws io.weir.api.ProblemException when more is affected than what is replaced
   */
  static SwapPlan of(List<Part> parts, SwapEngine engine) {
    Set<String> targets = parts.stream().map(Part::bundle).collect(Collectors.toSet());
    boolean control = targets.stream().anyMatch(FLOOR::contains);
    Set<String> affected = new TreeSet<>(engine.closure(targets));
    TreeSet<String> others = new TreeSet<>(affected);
    others.removeAll(targets);
    if (!control && !others.isEmpty()) {
      throw Problem.of(
              "swap " + String.join(", ", new TreeSet<>(targets)),
              "to affect nothing else",
              "that it would stop and start " + String.join(", ", others) + " too")
          .remedy("nothing was touched; weir bundle update replaces it all the same")
          .asException();
    }
    targets.forEach(target -> affected.addAll(readers(target)));
    return new SwapPlan(List.copyOf(parts), affected, control);
  }

  private static Set<String> readers(String bundle) {
    return READERS.containsKey(bundle) ? Set.of(READERS.get(bundle)) : Set.of();
  }

  /** Bundles that are to be restarted, since what they read has been replaced. */
  Set<String> restarts() {
    Set<String> restarts = new TreeSet<>();
    for (Part part : parts) {
      restarts.addAll(readers(part.bundle()));
    }
    parts.forEach(part -> restarts.remove(part.bundle()));
    return restarts;
  }

  String names() {
    return parts.stream().map(Part::bundle).collect(Collectors.joining(", "));
  }

  /** What is about to be done, for the one who asked. */
  String sentence() {
    String versions =
        parts.stream()
            .map(part -> part.bundle() + " " + part.from() + " -> " + part.to())
            .collect(Collectors.joining(", "));
    if (control) {
      return versions
          + ": a control restart: "
          + String.join(", ", affected)
          + " start again, and who holds tables; what the kernel decides goes on";
    }
    TreeSet<String> others = new TreeSet<>(affected);
    parts.forEach(part -> others.remove(part.bundle()));
    return versions
        + (others.isEmpty()
            ? ": affects nothing else"
            : ": restarts " + String.join(", ", others) + ", which reads it");
  }
}
