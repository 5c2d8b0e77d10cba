package io.weir.policy.compile;

import io.weir.api.row.Identity;
import io.weir.policy.spec.LabelSet;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/** An identity that endpoints of this node have: the policies that select it, and its slots. */
final class Subject {
  final Identity identity;
  final LabelSet labels;
  final TreeSet<BoundSpec> specs = new TreeSet<>();
  final Map<SlotKey, Slot> slots = new HashMap<>();

  Subject(Identity identity) {
    this.identity = identity;
    labels = new LabelSet(identity.labels());
  }

  boolean selectedBy(BoundSpec bound) {
    return bound.spec().selects(identity.number(), labels);
  }
}
