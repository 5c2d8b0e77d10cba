package io.weir.manifests;

import java.util.List;
import java.util.Map;

/** Label selectors of Kubernetes. */
final class Selector {
  private Selector() {}

  /**
   * Whether {@code labels} are selected by matchLabels and matchExpressions of {@code selector}.
   */
  static boolean matches(Map<String, Object> selector, Map<String, String> labels) {
    boolean equal =
        Body.labels(selector, "matchLabels").entrySet().stream()
            .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())));
    return equal
        && Body.structs(selector, "matchExpressions").stream()
            .allMatch(expression -> holds(expression, labels));
  }

  private static boolean holds(Map<String, Object> expression, Map<String, String> labels) {
    String value = labels.get(Body.text(expression, "key", ""));
    List<String> values = Body.texts(expression, "values");
    return switch (Body.text(expression, "operator", "")) {
      case "In" -> value != null && values.contains(value);
      case "NotIn" -> value == null || !values.contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      default -> false;
    };
  }
}
