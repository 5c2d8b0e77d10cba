package io.weir.policy.spec;

import java.util.HashMap;
import java.util.Map;

/** An identity's labels, found by {@code SOURCE:KEY} and by {@code any:KEY}. */
public final class LabelSet {
  private final Map<String, String> values = new HashMap<>();

  /** Labels by {@code SOURCE:KEY}. */
  public LabelSet(Map<String, String> labels) {
    labels.forEach(
        (label, value) -> {
          values.put(label, value);
          values.put(Requirement.ANY + label.substring(label.indexOf(':')), value);
        });
  }

  /** The value, or null. */
  String value(String label) {
    return values.get(label);
  }

  /** Whether the label is there. */
  public boolean has(String label) {
    return values.containsKey(label);
  }

  /** All labels, with their sources and with {@code any} for it. */
  public Map<String, String> values() {
    return java.util.Collections.unmodifiableMap(values);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LabelSet set && values.equals(set.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
