package io.weir.policy.spec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Selects label sets that meet every requirement; sorted, so that equal ones are equal. */
public record LabelSelector(List<Requirement> requirements) {
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

  /** Whether a requirement names a label of this source. */
  boolean namesSource(String source) {
    return requirements.stream().anyMatch(requirement -> requirement.source().equals(source));
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
