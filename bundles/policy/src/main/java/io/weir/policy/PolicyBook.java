package io.weir.policy;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.policy.compile.PolicyEngine;
import io.weir.policy.spec.Policy;
import io.weir.policy.spec.PolicyReader;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What became of each policy that was written: in force as it is, or refused, its last good version
 * staying in force.
 */
final class PolicyBook {
  /**
   * A policy's standing.
   *
   * @param written the newest version
   * @param problem why the newest version is refused
   */
  record Standing(Resource written, Optional<Problem> problem) {}

  private final PolicyEngine engine;
  private final Map<ResourceKey, Standing> standings = new TreeMap<>();

  /** Versions in force of policies whose newest version is in force, too. */
  private final Map<ResourceKey, Resource> good = new HashMap<>();

  /** Versions in force of policies whose newest version is refused. */
  private final Map<ResourceKey, Resource> older;

  private boolean cidrsMatchNodes;
  private boolean unsaved;

  /** Starts with the versions that were in force last. */
  PolicyBook(PolicyEngine engine, Map<ResourceKey, Resource> kept) {
    this.engine = engine;
    older = new TreeMap<>(kept);
  }

  void put(Resource written) {
    ResourceKey key = written.key();
    try {
      Policy policy = PolicyReader.read(written, cidrsMatchNodes);
      engine.put(policy);
      standings.put(key, new Standing(written, Optional.empty()));
      unsaved |= !written.equals(good.put(key, written));
      older.remove(key);
    } catch (ProblemException e) {
      standings.put(key, new Standing(written, Optional.of(e.problem())));
      Resource before = good.remove(key);
      if (before != null) {
        older.put(key, before);
      } else if (engine.policy(key).isEmpty() && older.containsKey(key)) {
        restore(key);
      }
    }
  }

  /** What an earlier engine had in force may be more than this one can enforce. */
  private void restore(ResourceKey key) {
    try {
      engine.put(PolicyReader.read(older.get(key), cidrsMatchNodes));
    } catch (ProblemException e) {
      older.remove(key);
      unsaved = true;
    }
  }

  void remove(ResourceKey key) {
    standings.remove(key);
    unsaved |= good.remove(key) != null;
    unsaved |= older.remove(key) != null;
    engine.remove(key);
  }

  /** Drops older versions of policies that are no longer written at all. */
  void retain(Collection<ResourceKey> keys) {
    unsaved |= older.keySet().retainAll(keys);
  }

  /** Changes whether address blocks are about nodes; reads everything again if that is news. */
  void cidrsMatchNodes(boolean wanted) {
    if (wanted == cidrsMatchNodes) {
      return;
    }
    cidrsMatchNodes = wanted;
    for (Resource inForce : List.copyOf(good.values())) {
      engine.put(PolicyReader.read(inForce, wanted));
    }
    for (Resource inForce : older.values()) {
      engine.put(PolicyReader.read(inForce, wanted));
    }
  }

  Map<ResourceKey, Standing> standings() {
    return Collections.unmodifiableMap(standings);
  }

  boolean unsaved() {
    return unsaved;
  }

  /** Every version in force, which {@link LastGood} keeps. */
  Collection<Resource> inForce() {
    Map<ResourceKey, Resource> all = new TreeMap<>(older);
    all.putAll(good);
    return all.values();
  }

  void saved() {
    unsaved = false;
  }
}
