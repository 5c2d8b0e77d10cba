package io.weir.policy;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.policy.spec.LabelSelector;
import io.weir.policy.spec.LabelSet;
import io.weir.policy.spec.PeerSelector;
import io.weir.policy.spec.Peers;
import io.weir.policy.spec.Policy;
import io.weir.policy.spec.Requirement;
import io.weir.policy.spec.Rule;
import io.weir.policy.spec.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Finds selectors of labels that pods have but identities leave out: they never match. */
final class LeftOut {
  private LeftOut() {}

  /** The labels of {@code pod} that its identity does not have. */
  static Set<String> labels(Resource pod, LabelSet identity) {
    Set<String> missing = new TreeSet<>();
    for (String key : pod.labels().keySet()) {
      if (!identity.has("k8s:" + key)) {
        missing.add(key);
      }
    }
    return missing;
  }

  static List<Problem> warnings(Resource written, Policy policy, Set<String> leftOut) {
    Set<String> named = new TreeSet<>();
    if (!leftOut.isEmpty()) {
      for (Spec spec : policy.specs()) {
        keys(spec.subject(), named);
        for (Rule rule : spec.rules()) {
          keys(rule.peers(), named);
        }
      }
    }
    List<Problem> warnings = new ArrayList<>();
    for (String key : named) {
      if (leftOut.contains(key)) {
        warnings.add(
            Problem.of(
                    written.where("spec"),
                    "label %s is no part of identities, so that no selector finds it"
                        .formatted(key))
                .remedy("select by another label, or change the setting labels"));
      }
    }
    return warnings;
  }

  private static void keys(Peers peers, Set<String> named) {
    if (peers instanceof Peers.AnyOf some) {
      for (PeerSelector selector : some.selectors()) {
        if (selector instanceof PeerSelector.Labelled labelled) {
          keys(labelled.selector(), named);
        }
      }
    }
  }

  private static void keys(LabelSelector selector, Set<String> named) {
    for (Requirement requirement : selector.requirements()) {
      if (requirement.source().equals("k8s") || requirement.source().equals("any")) {
        named.add(requirement.key());
      }
    }
  }
}
