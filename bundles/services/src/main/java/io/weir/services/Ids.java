package io.weir.services;

import io.weir.services.Draft.Claim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Numbers of frontends. A frontend that has gone keeps its number for a while, so that one that is
 * made anew has it again; only then may another have it. New ones are taken in turn from the whole
 * range, so that a freed one comes back as late as possible: flows remember services by number.
 *
 * <p>Times are nanoseconds of {@link io.weir.api.Clock#monotonicNanos}.
 */
final class Ids {
  static final int FIRST = 1;
  static final int LAST = 65535;
  static final Duration REST = Duration.ofSeconds(60);

  private final Map<Claim, Integer> byClaim = new HashMap<>();
  private final TreeMap<Integer, Claim> byId = new TreeMap<>();

  /** Id that nobody uses → since when. */
  private final Map<Integer, Long> resting = new HashMap<>();

  private final int last;
  private int next;
  private boolean unsaved;

  /** Starts from what was kept; all of it rests from {@code now} on, until it is used. */
  Ids(IdsFile.Content kept, long now) {
    this(kept, now, LAST);
  }

  Ids(IdsFile.Content kept, long now, int last) {
    this.last = last;
    next = kept.next();
    kept.ids()
        .forEach(
            (id, claim) -> {
              byClaim.put(claim, id);
              byId.put(id, claim);
              resting.put(id, now);
            });
  }

  /**
   * Makes {@code wanted} the frontends that there are, and gives those a number that have none.
   *
   * @return those for which there is none
   */
  List<Claim> use(Set<Claim> wanted, long now) {
    for (int id : List.copyOf(byId.keySet())) {
      if (wanted.contains(byId.get(id))) {
        resting.remove(id);
      } else if (now - resting.computeIfAbsent(id, unused -> now) >= REST.toNanos()) {
        byClaim.remove(byId.remove(id));
        resting.remove(id);
      }
    }
    List<Claim> without = new ArrayList<>();
    for (Claim claim : new TreeSet<>(wanted)) {
      if (!byClaim.containsKey(claim) && !give(claim)) {
        without.add(claim);
      }
    }
    return without;
  }

  Optional<Integer> id(Claim claim) {
    return Optional.ofNullable(byClaim.get(claim));
  }

  /** How many are kept for frontends that have gone. */
  int resting() {
    return resting.size();
  }

  int inUse() {
    return byId.size() - resting.size();
  }

  /** When the first of those that rest is free, if one rests. */
  OptionalLong nextRelease() {
    return resting.values().stream().mapToLong(since -> since + REST.toNanos()).min();
  }

  IdsFile.Content content() {
    return new IdsFile.Content(next, byId);
  }

  /**
   * Whether numbers were given since {@link #saved}: the file comes before their use. What was
   * freed need not be told: it is in the file until the next number is given, and rests once more.
   */
  boolean unsaved() {
    return unsaved;
  }

  void saved() {
    unsaved = false;
  }

  private boolean give(Claim claim) {
    if (byId.size() >= last) {
      return false;
    }
    int id = next;
    while (byId.containsKey(id)) {
      id = after(id);
    }
    byClaim.put(claim, id);
    byId.put(id, claim);
    next = after(id);
    unsaved = true;
    return true;
  }

  private int after(int id) {
    return id >= last ? FIRST : id + 1;
  }
}
