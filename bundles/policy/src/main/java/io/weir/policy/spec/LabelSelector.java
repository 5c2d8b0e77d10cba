package io.weir.policy.spec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Selects label sets that meet every requirement; sorted, so that equal ones are equal. */
public record LabelSelector(List<Requirement> requirements) {
  /** Of endpoints whose labels are not known yet. */
  static final String INIT = "reserved:init";

  public LabelSelector {
    List<Requirement> sorted = new ArrayList<>(requirements);
    Collections.sort(sorted);
    requirements = List.copyOf(sorted);
  }

  /** Whether {@code labels} meet every requirement. */
  public boolean matches(LabelSet labels) {
    for (Requirement requirement : requirements) {
      if (!requirement.holds(labels)) {
        return false;
      }
    }
    return true;
  }

  LabelSelector and(Requirement requirement) {
    List<Requirement> more = new ArrayList<>(requirements);
    more.add(requirement);
    return new LabelSelector(more);
  }

  /** Whether whoever is selected must have a label of this source. */
  boolean demandsSource(String source) {
    return requirements.stream()
        .anyMatch(requirement -> requirement.demands() && requirement.source().equals(source));
  }

  /**
   * Whether whoever is selected must have exactly this label. A label of that key without a source,
   * or one that must be missing, is another matter: a pod may be called {@code init}, too.
   */
  boolean demands(String label) {
    return requirements.stream()
        .anyMatch(requirement -> requirement.demands() && requirement.label().equals(label));
  }

  /** Whether a requirement names this label, with the source or with none. */
  boolean names(String source, String key) {
    return requirements.stream()
        .anyMatch(
            requirement ->
                requirement.key().equals(key)
                    && (requirement.source().equals(source)
                        || requirement.source().equals(Requirement.ANY)));
  }

  boolean namesKeyPrefix(String prefix) {
    return requirements.stream().anyMatch(requirement -> requirement.key().startsWith(prefix));
  }
}
