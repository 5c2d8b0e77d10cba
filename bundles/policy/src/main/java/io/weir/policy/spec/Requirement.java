package io.weir.policy.spec;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a label must be like.
 *
 * @param label {@code SOURCE:KEY}, the source being {@code k8s}, {@code reserved}, {@code cidr}, or
 *     {@code any}
 * @param values of {@code In} and {@code NotIn}; empty for the others
 */
public record Requirement(String label, Operator operator, SortedSet<String> values)
    implements Comparable<Requirement> {
  static final String ANY = "any";

  /** As in Kubernetes; {@code NOT_IN} holds where the label is missing, too. */
  public enum Operator {
    IN,
    NOT_IN,
    EXISTS,
    DOES_NOT_EXIST
  }

  public Requirement {
    values = Collections.unmodifiableSortedSet(new TreeSet<>(values));
  }

  static Requirement of(String source, String key, Operator operator, SortedSet<String> values) {
    return new Requirement(source + ':' + key, operator, values);
  }

  static Requirement equal(String source, String key, String value) {
    return of(source, key, Operator.IN, new TreeSet<>(List.of(value)));
  }

  static Requirement exists(String source, String key) {
    return of(source, key, Operator.EXISTS, new TreeSet<>());
  }

  public String source() {
    return label.substring(0, label.indexOf(':'));
  }

  public String key() {
    return label.substring(label.indexOf(':') + 1);
  }

  /** Whether it holds only where the label is there. */
  boolean demands() {
    return operator == Operator.IN || operator == Operator.EXISTS;
  }

  boolean holds(LabelSet labels) {
    String value = labels.value(label);
    return switch (operator) {
      case IN -> value != null && values.contains(value);
      case NOT_IN -> value == null || !values.contains(value);
      case EXISTS -> value != null;
      case DOES_NOT_EXIST -> value == null;
    };
  }

  @Override
  public int compareTo(Requirement other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return switch (operator) {
      case IN -> values.size() == 1 ? label + '=' + values.first() : label + " in " + values;
      case NOT_IN -> label + " not in " + values;
      case EXISTS -> label;
      case DOES_NOT_EXIST -> '!' + label;
    };
  }
}
