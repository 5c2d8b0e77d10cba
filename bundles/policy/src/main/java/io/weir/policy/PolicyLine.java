package io.weir.policy;

import io.weir.api.Problem;
import io.weir.api.row.ResourceKey;
import io.weir.policy.compile.Workload;
import io.weir.policy.spec.LabelSet;
import io.weir.policy.spec.Policy;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What became of a policy.
 *
 * @param state {@code enforced}, {@code refused}, or {@code refused, an older version is enforced}
 * @param why it is refused; empty if it is not
 * @param rules of the version in force
 * @param endpoints ids of those that the version in force selects
 */
public record PolicyLine(
    ResourceKey key, String state, String why, int rules, List<Integer> endpoints) {
  static PolicyLine of(
      PolicyBook.Standing standing,
      Optional<Policy> inForce,
      Map<Integer, Workload> workloads,
      Map<Integer, LabelSet> labels) {
    String state =
        standing.problem().isEmpty()
            ? "enforced"
            : inForce.isPresent() ? "refused, an older version is enforced" : "refused";
    int rules =
        inForce
            .map(policy -> policy.specs().stream().mapToInt(spec -> spec.rules().size()).sum())
            .orElse(0);
    List<Integer> endpoints =
        workloads.entrySet().stream()
            .filter(entry -> selects(inForce, entry.getValue().identity(), labels))
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    return new PolicyLine(
        standing.written().key(),
        state,
        standing.problem().map(Problem::sentence).orElse(""),
        rules,
        endpoints);
  }

  private static boolean selects(
      Optional<Policy> policy, int identity, Map<Integer, LabelSet> labels) {
    LabelSet set = labels.get(identity);
    return set != null
        && policy.isPresent()
        && policy.get().specs().stream().anyMatch(spec -> spec.selects(identity, set));
  }
}
