package io.weir.policy.compile;

import io.weir.policy.spec.LabelSet;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/** An identity that endpoints of this node have: the policies that select it, and its slots. */
final class Subject {
  final int identity;
  final LabelSet labels;
  final TreeSet<BoundSpec> specs = new TreeSet<>();
  final Map<SlotKey, Slot> slots = new HashMap<>();

  Subject(int identity, LabelSet labels) {
    this.identity = identity;
    this.labels = labels;
  }

  boolean selectedBy(BoundSpec bound) {
    return bound.spec().selects(identity, labels);
  }
}
