package io.weir.identity;

import io.weir.api.Problem;
import io.weir.api.row.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Numbers for label sets. A set keeps its number as long as it is in use and for a while after, so
 * that a pod that is made anew is the same to its peers. New numbers are taken in turn from the
 * whole range, so that a freed one comes back as late as possible.
 */
final class Numbers {
  private final Map<SortedMap<String, String>, Integer> byLabels = new HashMap<>();
  private final TreeMap<Integer, SortedMap<String, String>> byNumber = new TreeMap<>();
  private final Map<Integer, Instant> idleSince = new HashMap<>();
  private int next;
  private boolean unsaved;

  /** Starts from what was kept; all of it counts as idle from {@code now} on. */
  Numbers(NumbersFile.Content kept, Instant now) {
    next = kept.next();
    for (Identity identity : kept.identities()) {
      byLabels.put(identity.labels(), identity.number());
      byNumber.put(identity.number(), identity.labels());
      idleSince.put(identity.number(), now);
    }
  }

  /**
   * Makes {@code wanted} the label sets in use: numbers those that have no number, and frees what
   * has been idle for {@code patience}.
   *
   * @throws io.weir.api.ProblemException when all numbers are taken; what was given before stands
   */
  void use(Set<SortedMap<String, String>> wanted, Instant now, Duration patience) {
    for (int number : List.copyOf(byNumber.keySet())) {
      if (wanted.contains(byNumber.get(number))) {
        idleSince.remove(number);
      } else if (!idleSince.computeIfAbsent(number, unused -> now).plus(patience).isAfter(now)) {
        free(number);
      }
    }
    for (SortedMap<String, String> labels : wanted) {
      if (!byLabels.containsKey(labels)) {
        give(labels);
      }
    }
  }

  Optional<Integer> number(SortedMap<String, String> labels) {
    return Optional.ofNullable(byLabels.get(labels));
  }

  Collection<Identity> identities() {
    List<Identity> identities = new ArrayList<>(byNumber.size());
    byNumber.forEach((number, labels) -> identities.add(new Identity(number, labels)));
    return identities;
  }

  NumbersFile.Content content() {
    return new NumbersFile.Content(next, List.copyOf(identities()));
  }

  /** Whether numbers were given or freed since {@link #saved}: the file comes before their use. */
  boolean unsaved() {
    return unsaved;
  }

  void saved() {
    unsaved = false;
  }

  /** When the longest-idle number may be freed, if one is idle. */
  Optional<Instant> nextRelease(Duration patience) {
    return idleSince.values().stream().min(Instant::compareTo).map(since -> since.plus(patience));
  }

  private void give(SortedMap<String, String> labels) {
    int range = Identity.END_POD - Identity.FIRST_POD;
    for (int i = 0; i < range; i++) {
      int number = Identity.FIRST_POD + (next - Identity.FIRST_POD + i) % range;
      if (!byNumber.containsKey(number)) {
        SortedMap<String, String> kept = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        byLabels.put(kept, number);
        byNumber.put(number, kept);
        unsaved = true;
        next = number + 1 == Identity.END_POD ? Identity.FIRST_POD : number + 1;
        return;
      }
    }
    throw Problem.of("identities", "at most " + range + " sets of labels", "one more: " + labels)
        .remedy("leave labels that differ from pod to pod out of identities by the setting labels")
        .asException();
  }

  private void free(int number) {
    byLabels.remove(byNumber.remove(number));
    idleSince.remove(number);
    unsaved = true;
  }
}
