package io.weir.policy.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Reads {@code matchLabels} and {@code matchExpressions}. */
final class SelectorReader {
  static final String NAMESPACE = "io.kubernetes.pod.namespace";
  static final String NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels.";

  private static final Set<String> FIELDS = Set.of("matchLabels", "matchExpressions");
  private static final Set<String> EXPRESSION_FIELDS = Set.of("key", "operator", "values");
  private static final Set<String> SOURCES = Set.of("k8s", "any", "reserved", "cidr");

  private record Key(String source, String name) {}

  private SelectorReader() {}

  /** A Kubernetes selector of pods: keys are those of the pods' own labels. */
  static LabelSelector ofPods(Node node) {
    return read(node, key -> new Key("k8s", key));
  }

  /** A Kubernetes selector of namespaces. */
  static LabelSelector ofNamespaces(Node node) {
    return read(node, key -> new Key("k8s", NAMESPACE_LABELS + key));
  }

  /** A selector of Cilium's kinds: keys may have a source, {@code k8s:app}. */
  static LabelSelector ofEndpoints(Node node) {
    return read(
        node,
        key -> {
          int colon = key.indexOf(':');
          if (colon < 0) {
            return new Key(Requirement.ANY, key);
          }
          String source = key.substring(0, colon);
          if (!SOURCES.contains(source) || colon == key.length() - 1) {
            throw node.refuse(
                "labels as KEY, or as SOURCE:KEY with k8s, any, reserved or cidr", '"' + key + '"');
          }
          return new Key(source, key.substring(colon + 1));
        });
  }

  private static LabelSelector read(Node node, Function<String, Key> keys) {
    node.only(FIELDS);
    List<Requirement> requirements = new ArrayList<>();
    node.field("matchLabels")
        .texts(
            (text, value) -> {
              Key key = keys.apply(text);
              requirements.add(Requirement.equal(key.source(), key.name(), value));
            });
    for (Node expression : node.field("matchExpressions").list()) {
      requirements.add(expression(expression, keys));
    }
    return new LabelSelector(requirements);
  }

  private static Requirement expression(Node node, Function<String, Key> keys) {
    node.only(EXPRESSION_FIELDS);
    Key key = keys.apply(node.field("key").text());
    Node written = node.field("operator");
    Requirement.Operator operator =
        switch (written.text()) {
          case "In" -> Requirement.Operator.IN;
          case "NotIn" -> Requirement.Operator.NOT_IN;
          case "Exists" -> Requirement.Operator.EXISTS;
          case "DoesNotExist" -> Requirement.Operator.DOES_NOT_EXIST;
          default -> throw written.refuse("one of In, NotIn, Exists, DoesNotExist");
        };
    TreeSet<String> values = new TreeSet<>();
    node.field("values").list().forEach(value -> values.add(value.text()));
    boolean wantsValues =
        operator == Requirement.Operator.IN || operator == Requirement.Operator.NOT_IN;
    if (wantsValues == values.isEmpty()) {
      throw node.field("values")
          .refuse(
              wantsValues
                  ? "at least one value for " + written.text()
                  : "no values for " + written.text(),
              wantsValues ? "none" : values.size() + " of them");
    }
    return Requirement.of(key.source(), key.name(), operator, values);
  }
}
