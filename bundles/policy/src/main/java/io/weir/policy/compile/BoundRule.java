package io.weir.policy.compile;

import io.weir.policy.spec.Rule;

/**
 * A rule of a loaded policy.
 *
 * @param id under which flows name it
 * @param selection its peers; null where it is about everyone
 */
record BoundRule(Rule rule, int id, Selection selection) {
  boolean named() {
    return rule.ports().stream().anyMatch(io.weir.policy.spec.PortMatch.Named.class::isInstance);
  }
}
