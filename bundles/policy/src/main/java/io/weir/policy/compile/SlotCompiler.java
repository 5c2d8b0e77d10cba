package io.weir.policy.compile;

import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.policy.spec.NamedPorts;
import io.weir.policy.spec.Peer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Turns the rules of a slot into classes: peers that the same rules are about are of one class.
 *
 * <p>Peers are told apart rule by rule: each rule splits the groups that the rules before it made
 * into those peers that it names and the rest. What a group's rules say is folded once. A peer that
 * comes later is put into its class alone.
 */
final class SlotCompiler {
  private static final int NO_CLASS = 0;

  /** Peers that the same rules name: those of {@code parent}, and one more. */
  private static final class Group {
    final Group parent;
    final int rule;

    Group(Group parent, int rule) {
      this.parent = parent;
      this.rule = rule;
    }
  }

  private record Kind(Group group, NamedPorts ports) {}

  private final Universe universe;
  private final ContentNumbers<List<PolicyEntry>> numbers;

  SlotCompiler(Universe universe, ContentNumbers<List<PolicyEntry>> numbers) {
    this.universe = universe;
    this.numbers = numbers;
  }

  /** Works out all classes anew. */
  void compile(Slot slot, boolean audit) {
    Set<Integer> before = new HashSet<>(slot.classSizes.keySet());
    slot.classes.clear();
    slot.classSizes.clear();
    slot.entries.clear();
    slot.defaultClass = hold(slot, entries(slot, null, NamedPorts.NONE));
    classify(slot, groups(slot));
    before.forEach(numbers::release);
    row(slot, audit);
  }

  /** Puts peers that came or changed into their classes; the others stay where they are. */
  void reclassify(Slot slot, Iterable<Integer> indexes, Iterable<Integer> gone, boolean audit) {
    boolean changed = false;
    for (int identity : gone) {
      Integer before = slot.classes.remove(identity);
      changed |= before != null;
      leave(slot, before);
    }
    for (int index : indexes) {
      int identity = universe.peer(index).identity();
      int number = hold(slot, entries(slot, index));
      Integer before = slot.classes.remove(identity);
      enter(slot, identity, number);
      leave(slot, before);
      changed |= !Objects.equals(before, slot.classes.get(identity));
    }
    if (changed) {
      row(slot, audit);
    }
  }

  /** Gives back what the slot holds. */
  void drop(Slot slot) {
    slot.classSizes.keySet().forEach(numbers::release);
  }

  /** The group of each peer; null where no rule names it. */
  private Group[] groups(Slot slot) {
    Group[] groups = new Group[universe.size()];
    for (int i = 0; i < slot.rules.size(); i++) {
      Selection selection = slot.rules.get(i).selection();
      if (selection == null) {
        continue;
      }
      int rule = i;
      Map<Group, Group> split = new HashMap<>();
      for (int index = selection.members.nextSetBit(0);
          index >= 0;
          index = selection.members.nextSetBit(index + 1)) {
        Group parent = groups[index];
        Group known = split.get(parent);
        if (known == null) {
          known = new Group(parent, rule);
          split.put(parent, known);
        }
        groups[index] = known;
      }
    }
    return groups;
  }

  private void classify(Slot slot, Group[] groups) {
    boolean egress = slot.key.direction() == Direction.EGRESS;
    boolean named = egress && slot.rules.stream().anyMatch(BoundRule::named);
    Map<Kind, Integer> classes = new HashMap<>();
    for (int index = universe.live().nextSetBit(0);
        index >= 0;
        index = universe.live().nextSetBit(index + 1)) {
      Peer peer = universe.peer(index);
      Group group = groups[index];
      if (named && peer.pod().isPresent()) {
        enter(slot, peer.identity(), hold(slot, entries(slot, index)));
        continue;
      }
      NamedPorts ports = named ? peer.ports() : NamedPorts.NONE;
      if (group == null && ports.equals(NamedPorts.NONE)) {
        continue;
      }
      Kind kind = new Kind(group, ports);
      Integer number = classes.get(kind);
      if (number == null) {
        number = hold(slot, entries(slot, group, ports));
        classes.put(kind, number);
      } else if (number != NO_CLASS) {
        slot.classSizes.merge(number, 1, Integer::sum);
      }
      enter(slot, peer.identity(), number);
    }
  }

  /** Notes the class of a peer that was in none; the class is counted already. */
  private void enter(Slot slot, int identity, int number) {
    if (number == slot.defaultClass) {
      leave(slot, number);
    } else {
      slot.classes.put(identity, number);
    }
  }

  /** What the rules for everyone and those of a group say, whose pods call their ports so. */
  private static List<PolicyEntry> entries(Slot slot, Group group, NamedPorts named) {
    List<Integer> members = new ArrayList<>();
    for (Group at = group; at != null; at = at.parent) {
      members.add(at.rule);
    }
    int last = members.size() - 1;
    NamedPorts receiver = receiver(slot, named);
    Fold fold = new Fold();
    for (int i = 0; i < slot.rules.size(); i++) {
      BoundRule bound = slot.rules.get(i);
      boolean member = last >= 0 && members.get(last) == i;
      last -= member ? 1 : 0;
      if (member || bound.selection() == null) {
        fold.add(bound.rule().ports(), bound.rule().deny(), bound.id(), receiver);
      }
    }
    return fold.entries();
  }

  private static NamedPorts receiver(Slot slot, NamedPorts peers) {
    return slot.key.direction() == Direction.INGRESS ? slot.ports : peers;
  }

  /** What the rules about one peer say. */
  private List<PolicyEntry> entries(Slot slot, int index) {
    Peer peer = universe.peer(index);
    NamedPorts named =
        receiver(slot, peer.pod().isPresent() ? peer.pod().get().ports() : peer.ports());
    int pod = peer.pod().map(Peer::identity).map(universe::index).orElse(-1);
    boolean egress = slot.key.direction() == Direction.EGRESS;
    Fold fold = new Fold();
    for (BoundRule bound : slot.rules) {
      Selection selection = bound.selection();
      if (selection == null || selection.members.get(index)) {
        fold.add(bound.rule().ports(), bound.rule().deny(), bound.id(), named);
      } else if (egress && pod >= 0 && selection.members.get(pod)) {
        fold.addNamed(bound.rule().ports(), bound.rule().deny(), bound.id(), named);
      }
    }
    return fold.entries();
  }

  /** The number of the class that has these entries, counted in the slot once more. */
  private int hold(Slot slot, List<PolicyEntry> entries) {
    if (entries.isEmpty()) {
      return NO_CLASS;
    }
    int number = numbers.acquire(entries);
    if (slot.classSizes.merge(number, 1, Integer::sum) == 1) {
      slot.entries.put(number, entries);
    } else {
      numbers.release(number);
    }
    return number;
  }

  private void leave(Slot slot, Integer number) {
    if (number == null || number == NO_CLASS) {
      return;
    }
    if (slot.classSizes.merge(number, -1, Integer::sum) == 0) {
      slot.classSizes.remove(number);
      slot.entries.remove(number);
      numbers.release(number);
    }
  }

  private static void row(Slot slot, boolean audit) {
    slot.row =
        new CompiledPolicy(
            slot.number,
            slot.key.direction(),
            slot.key.identity(),
            slot.isolated ? PolicyVerdict.DENY : PolicyVerdict.ALLOW,
            audit,
            slot.defaultClass,
            slot.classes,
            slot.entries);
  }
}
