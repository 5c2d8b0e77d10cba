package io.weir.policy.compile;

import io.weir.api.row.Direction;
import io.weir.api.row.Identity;
import io.weir.api.row.ResourceKey;
import io.weir.policy.spec.NamedPorts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Which identities this node's endpoints have, which policies select them, and the slots in which
 * these are compiled: one for each identity, direction and, for ingress, meaning of named ports.
 */
final class Subjects {
  private static final ResourceKey ALWAYS_ISOLATED =
      new ResourceKey("Setting", "", "enable-policy");
  private static final ResourceKey INIT_ISOLATED = new ResourceKey("Identity", "", "init");

  private final TurnNumbers<SlotKey> numbers;
  private final Loaded loaded;
  private final Map<Integer, Subject> subjects = new HashMap<>();
  private final Map<SlotKey, Slot> slots = new HashMap<>();
  private final Set<Slot> unbound = new HashSet<>();

  /** Bound to other rules since they were compiled last. */
  private final Set<Slot> dirty = new HashSet<>();

  private final List<Slot> dropped = new ArrayList<>();

  /** When numbers that were kept, and that nobody has asked for again, are given up. */
  private final Instant orphansUntil;

  private boolean orphans = true;

  Subjects(Kept kept, Loaded loaded, Instant now) {
    numbers = new TurnNumbers<>("compiled policies", 1, 1 << 16, kept.nextSlot(), kept.slots());
    this.loaded = loaded;
    orphansUntil = now.plus(Blocks.LINGER);
  }

  TurnNumbers<SlotKey> numbers() {
    return numbers;
  }

  Collection<Slot> slots() {
    return slots.values();
  }

  /** The slots that were dropped since this was last asked. */
  List<Slot> dropped() {
    List<Slot> some = List.copyOf(dropped);
    dropped.clear();
    return some;
  }

  /** Whether some rule speaks of a named port of its peers. */
  boolean namedEgress() {
    return slots.values().stream()
        .anyMatch(slot -> slot.key.direction() == Direction.EGRESS && slot.named);
  }

  /** The slots of an endpoint, if its identity is known. */
  Optional<Map<Direction, Slot>> slots(Workload workload) {
    if (!subjects.containsKey(workload.identity())) {
      return Optional.empty();
    }
    Map<Direction, Slot> pair = new EnumMap<>(Direction.class);
    for (Direction direction : Direction.values()) {
      Slot slot = slots.get(key(workload, direction));
      if (slot == null) {
        return Optional.empty();
      }
      pair.put(direction, slot);
    }
    return Optional.of(pair);
  }

  void allDirty() {
    unbound.addAll(slots.values());
  }

  /** Puts what a policy says now in the place of what it said. */
  void replace(List<BoundSpec> before, List<BoundSpec> after) {
    for (Subject subject : subjects.values()) {
      Map<Integer, BoundSpec> old = new HashMap<>();
      for (BoundSpec spec : before) {
        if (subject.specs.remove(spec)) {
          old.put(spec.order(), spec);
        }
      }
      for (BoundSpec spec : after) {
        if (subject.selectedBy(spec)) {
          subject.specs.add(spec);
          BoundSpec was = old.remove(spec.order());
          if (!Objects.equals(was, spec)) {
            unbind(subject, spec);
            unbind(subject, was);
          }
        }
      }
      old.values().forEach(spec -> unbind(subject, spec));
    }
  }

  /** Gives every endpoint its slots; those that nobody has had for a while go. */
  void assign(Map<Integer, Workload> workloads, Map<Integer, Identity> identities, Instant now) {
    slots.values().forEach(slot -> slot.users = 0);
    for (Workload workload : workloads.values()) {
      Identity identity = identities.get(workload.identity());
      if (identity == null) {
        continue;
      }
      Subject subject = subject(identity);
      for (Direction direction : Direction.values()) {
        slot(subject, key(workload, direction), workload.ports()).users++;
      }
    }
    for (Slot slot : List.copyOf(slots.values())) {
      if (slot.users > 0) {
        slot.idleSince = null;
        continue;
      }
      slot.idleSince = slot.idleSince == null ? now : slot.idleSince;
      if (!slot.idleSince.plus(Blocks.LINGER).isAfter(now)) {
        drop(slot);
      }
    }
    if (orphans && !orphansUntil.isAfter(now)) {
      orphans = false;
      Set<SlotKey> unasked = new HashSet<>(numbers.given().keySet());
      unasked.removeAll(slots.keySet());
      unasked.forEach(numbers::release);
    }
  }

  /** Gives slots whose policies changed their rules; those for which that is news are dirty. */
  void bind(Mode mode, Selections selections) {
    for (Slot slot : unbound) {
      if (!slots.containsKey(slot.key)) {
        continue;
      }
      Subject subject = subjects.get(slot.key.identity());
      List<BoundRule> rules = rules(subject, slot.key.direction(), mode);
      boolean isolated = isolated(subject, slot.key.direction(), mode);
      boolean news =
          slot.row == null
              || slot.row.audit() != mode.audit()
              || slot.isolated != isolated
              || !slot.rules.equals(rules);
      eachSelection(rules, selections::use);
      eachSelection(slot.rules, selections::unuse);
      slot.rules = rules;
      slot.isolated = isolated;
      slot.isolators = isolated ? isolators(subject, slot.key.direction(), mode) : List.of();
      slot.named = rules.stream().anyMatch(BoundRule::named);
      if (news) {
        dirty.add(slot);
      }
    }
    unbound.clear();
    for (Slot slot : dropped) {
      eachSelection(slot.rules, selections::unuse);
      slot.rules = List.of();
    }
  }

  /** Whether it was dirty: from now on it no longer is. */
  boolean cleaned(Slot slot) {
    return dirty.remove(slot);
  }

  /** When a slot that nobody has will go. */
  Optional<Instant> nextRelease() {
    Optional<Instant> idle =
        slots.values().stream()
            .filter(slot -> slot.idleSince != null)
            .map(slot -> slot.idleSince.plus(Blocks.LINGER))
            .min(Instant::compareTo);
    boolean waits = orphans && numbers.given().size() > slots.size();
    return idle.isEmpty() && waits ? Optional.of(orphansUntil) : idle;
  }

  private Subject subject(Identity identity) {
    Subject known = subjects.get(identity.number());
    if (known != null && known.identity.equals(identity)) {
      return known;
    }
    Subject subject = new Subject(identity);
    loaded.all().stream().filter(subject::selectedBy).forEach(subject.specs::add);
    if (known != null) {
      subject.slots.putAll(known.slots);
      unbound.addAll(known.slots.values());
    }
    subjects.put(identity.number(), subject);
    return subject;
  }

  private Slot slot(Subject subject, SlotKey key, NamedPorts ports) {
    Slot known = slots.get(key);
    if (known != null) {
      return known;
    }
    Slot slot = new Slot(key, numbers.take(key), ports);
    slots.put(key, slot);
    subject.slots.put(key, slot);
    unbound.add(slot);
    return slot;
  }

  private void drop(Slot slot) {
    slots.remove(slot.key);
    numbers.release(slot.key);
    Subject subject = subjects.get(slot.key.identity());
    subject.slots.remove(slot.key);
    if (subject.slots.isEmpty()) {
      subjects.remove(subject.identity.number());
    }
    dirty.remove(slot);
    dropped.add(slot);
  }

  private void unbind(Subject subject, BoundSpec spec) {
    if (spec == null) {
      return;
    }
    for (Slot slot : subject.slots.values()) {
      if (spec.concerns(slot.key.direction())) {
        unbound.add(slot);
      }
    }
  }

  private List<BoundRule> rules(Subject subject, Direction direction, Mode mode) {
    List<BoundRule> rules = new ArrayList<>();
    if (mode.enforcement() == Mode.Enforcement.NEVER) {
      return rules;
    }
    for (BoundSpec spec : subject.specs) {
      for (BoundRule bound : spec.rules()) {
        if (bound.rule().direction() == direction) {
          rules.add(bound);
        }
      }
    }
    if (direction == Direction.INGRESS && mode.allowLocalhost()) {
      rules.add(loaded.fromHost());
    }
    return rules;
  }

  private static boolean isolated(Subject subject, Direction direction, Mode mode) {
    return switch (mode.enforcement()) {
      case ALWAYS -> true;
      case NEVER -> false;
      case DEFAULT ->
          subject.identity.number() == Identity.INIT
              || subject.specs.stream().anyMatch(bound -> bound.spec().isolates(direction));
    };
  }

  private static List<ResourceKey> isolators(Subject subject, Direction direction, Mode mode) {
    List<ResourceKey> policies =
        subject.specs.stream()
            .filter(bound -> bound.spec().isolates(direction))
            .map(BoundSpec::policy)
            .distinct()
            .toList();
    boolean always = mode.enforcement() == Mode.Enforcement.ALWAYS;
    return policies.isEmpty() ? List.of(always ? ALWAYS_ISOLATED : INIT_ISOLATED) : policies;
  }

  private static SlotKey key(Workload workload, Direction direction) {
    String ports = direction == Direction.INGRESS ? workload.ports().toString() : "";
    return new SlotKey(workload.identity(), direction, ports);
  }

  private static void eachSelection(
      List<BoundRule> rules, java.util.function.Consumer<Selection> action) {
    for (BoundRule bound : rules) {
      if (bound.selection() != null) {
        action.accept(bound.selection());
      }
    }
  }
}
