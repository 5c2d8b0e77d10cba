package io.weir.lab;

import com.google.gson.GsonBuilder;
import io.weir.api.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** A lab's pods, for people and programs, and by the names that people give them. */
final class PodList {
  private static final List<String> COLUMNS =
      List.of("namespace", "name", "node", "state", "addresses", "image");
  private static final String DEPLOYMENT = "deploy/";
  private static final String GAP = "  ";

  private final List<Map<String, Object>> rows = new ArrayList<>();

  PodList(LabState state, Predicate<LabState.Pod> runs) {
    state.pods().stream()
        .sorted(Comparator.comparing(LabState.Pod::key))
        .forEach(pod -> rows.add(row(pod, runs)));
  }

  String json() {
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(rows) + "\n";
  }

  String table() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(COLUMNS.stream().map(name -> name.toUpperCase(java.util.Locale.ROOT)).toList());
    for (Map<String, Object> row : rows) {
      lines.add(row.values().stream().map(PodList::text).toList());
    }
    StringBuilder table = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < COLUMNS.size(); column++) {
        int at = column;
        int width = lines.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
        String cell = line.get(column);
        text.append(cell).append(" ".repeat(width - cell.length())).append(GAP);
      }
      table.append(text.toString().stripTrailing()).append('\n');
    }
    return table.toString();
  }

  /**
   * The pod that {@code which} means: a name, {@code NAMESPACE/NAME}, or {@code deploy/NAME} for
   * the first of a Deployment. A bare name is looked for in {@code namespace}, or, when that is
   * empty, in {@code default} and then everywhere.
   */
  static LabState.Pod find(LabState state, String which, String namespace) {
    List<LabState.Pod> found = matching(state, which, namespace.isEmpty() ? "default" : namespace);
    if (found.isEmpty() && namespace.isEmpty()) {
      found = matching(state, which, "");
      long places = found.stream().map(LabState.Pod::namespace).distinct().count();
      if (places > 1) {
        throw Problem.of(
                "lab " + state.name(),
                "one pod called " + which,
                String.join(", ", found.stream().map(LabState.Pod::key).toList()))
            .remedy("name its namespace: NAMESPACE/NAME")
            .asException();
      }
    }
    return found.stream()
        .min(Comparator.comparing(LabState.Pod::key))
        .orElseThrow(
            () ->
                Problem.of("lab " + state.name(), "one of its pods", '"' + which + '"')
                    .remedy("weir lab pods")
                    .asException());
  }

  private static List<LabState.Pod> matching(LabState state, String which, String namespace) {
    boolean deployment = which.startsWith(DEPLOYMENT);
    String name = deployment ? which.substring(DEPLOYMENT.length()) : which;
    int slash = name.indexOf('/');
    String in = slash < 0 ? namespace : name.substring(0, slash);
    String bare = name.substring(slash + 1);
    return state.pods().stream()
        .filter(pod -> pod.phase() == LabState.Phase.RUNNING)
        .filter(pod -> in.isEmpty() || pod.namespace().equals(in))
        .filter(pod -> (deployment ? pod.owner() : pod.name()).equals(bare))
        .toList();
  }

  private static Map<String, Object> row(LabState.Pod pod, Predicate<LabState.Pod> runs) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("namespace", pod.namespace());
    row.put("name", pod.name());
    row.put("node", pod.node());
    row.put(
        "state",
        switch (pod.phase()) {
          case MAKING -> "half made";
          case REMOVING -> "half removed";
          case RUNNING -> runs.test(pod) ? "running" : "ended";
        });
    row.put("addresses", pod.addresses());
    row.put("image", pod.image());
    return row;
  }

  private static String text(Object value) {
    return value instanceof List<?> list
        ? String.join(" ", list.stream().map(Object::toString).toList())
        : value.toString();
  }
}
