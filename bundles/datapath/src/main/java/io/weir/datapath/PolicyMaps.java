package io.weir.datapath;

import io.weir.api.ProblemException;
import io.weir.api.row.CompiledPolicy;
import io.weir.linux.BpfMap;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Keeps {@code policy_rules}, {@code policy_classes} and {@code policy_slots} as the compiled
 * policies are. A slot changes in steps none of which shows a mixture: new classes are filled
 * first, then each peer is led to its class by one write, then those that are not named, and only
 * then the classes that nobody is led to are emptied.
 */
final class PolicyMaps {
  private final Mirror rules;
  private final Mirror classes;
  private final BpfMap slots;
  private final Revisions revisions;
  private final Map<Integer, CompiledPolicy> installed = new HashMap<>();

  /** Keys in the kernel by slot, so that a slot's are found without walking the maps. */
  private final Map<Integer, Set<Bytes>> ruleKeys = new HashMap<>();

  private final Map<Integer, Set<Bytes>> classKeys = new HashMap<>();

  /** Found in {@code policy_slots}: of a policy without rules nothing else is there. */
  private final Set<Integer> found = new HashSet<>();

  PolicyMaps(Kernel kernel, Revisions revisions) {
    rules = new Mirror(kernel.map("policy_rules"));
    classes = new Mirror(kernel.map("policy_classes"));
    slots = kernel.map("policy_slots");
    this.revisions = revisions;
    rules.keys().forEach(key -> of(ruleKeys, PolicyEncoding.slotOfRule(key)).add(key));
    classes.keys().forEach(key -> of(classKeys, PolicyEncoding.slotOfClass(key)).add(key));
    slots.forEach(
        (slot, value) -> {
          if (!Arrays.equals(value, PolicyEncoding.EMPTY_SLOT)) {
            found.add(Revisions.number(slot));
          }
        });
  }

  /** Slots of which something is in the kernel. */
  Set<Integer> slots() {
    Set<Integer> all = new HashSet<>(installed.keySet());
    all.addAll(found);
    all.addAll(ruleKeys.keySet());
    all.addAll(classKeys.keySet());
    return all;
  }

  boolean has(int slot) {
    return installed.containsKey(slot);
  }

  /**
   * Puts a policy in force.
   *
   * @throws ProblemException when a map is full; the slot's policy is then what it was
   */
  void put(CompiledPolicy policy) {
    int slot = policy.slot();
    PolicyEncoding wanted = PolicyEncoding.of(policy);
    Set<Bytes> ruleSet = of(ruleKeys, slot);
    Set<Bytes> classSet = of(classKeys, slot);
    CompiledPolicy before = installed.get(slot);
    boolean changed = putRules(wanted, ruleSet);
    try {
      changed |= putClasses(wanted, classSet);
    } catch (ProblemException e) {
      if (before != null) {
        prune(rules, ruleSet, PolicyEncoding.of(before).rules().keySet());
      }
      throw e;
    }
    changed |= putSlot(slot, wanted.slot());
    changed |= prune(classes, classSet, wanted.classes().keySet());
    changed |= prune(rules, ruleSet, wanted.rules().keySet());
    installed.put(slot, policy);
    if (changed && (before == null || !PolicyDiff.permitsAllOf(before, policy))) {
      revisions.raiseSlot(slot);
    }
  }

  /** Empties a slot that no endpoint refers to. */
  void remove(int slot) {
    boolean changed = putSlot(slot, PolicyEncoding.EMPTY_SLOT);
    changed |= prune(classes, of(classKeys, slot), Set.of());
    changed |= prune(rules, of(ruleKeys, slot), Set.of());
    classKeys.remove(slot);
    ruleKeys.remove(slot);
    installed.remove(slot);
    found.remove(slot);
    if (changed) {
      revisions.raiseSlot(slot);
    }
  }

  /** Rules of classes that no peer is led to yet; taken back if not all of them find room. */
  private boolean putRules(PolicyEncoding wanted, Set<Bytes> keys) {
    Set<Bytes> added = new HashSet<>();
    boolean changed = false;
    try {
      for (var rule : wanted.rules().entrySet()) {
        changed |= rules.put(rule.getKey(), rule.getValue());
        if (keys.add(rule.getKey())) {
          added.add(rule.getKey());
        }
      }
    } catch (ProblemException e) {
      takeBack(rules, keys, added);
      throw e;
    }
    return changed;
  }

  private boolean putClasses(PolicyEncoding wanted, Set<Bytes> keys) {
    Map<Bytes, byte[]> before = new HashMap<>();
    boolean changed = false;
    try {
      for (var peer : wanted.classes().entrySet()) {
        before.put(peer.getKey(), classes.get(peer.getKey()));
        changed |= classes.put(peer.getKey(), peer.getValue());
        keys.add(peer.getKey());
      }
    } catch (ProblemException e) {
      before.forEach(
          (key, value) -> {
            if (value == null) {
              takeBack(classes, keys, Set.of(key));
            } else {
              classes.put(key, value);
            }
          });
      throw e;
    }
    return changed;
  }

  private boolean putSlot(int slot, byte[] value) {
    byte[] key = Revisions.word(slot);
    if (slots.lookup(key).filter(there -> Arrays.equals(there, value)).isPresent()) {
      return false;
    }
    slots.update(key, value);
    return true;
  }

  private static void takeBack(Mirror mirror, Set<Bytes> keys, Set<Bytes> added) {
    for (Bytes key : added) {
      mirror.remove(key);
      keys.remove(key);
    }
  }

  private static boolean prune(Mirror mirror, Set<Bytes> keys, Set<Bytes> wanted) {
    boolean changed = false;
    for (Bytes key : Set.copyOf(keys)) {
      if (!wanted.contains(key)) {
        changed |= mirror.remove(key);
        keys.remove(key);
      }
    }
    return changed;
  }

  private static Set<Bytes> of(Map<Integer, Set<Bytes>> index, int slot) {
    return index.computeIfAbsent(slot, number -> new HashSet<>());
  }
}
