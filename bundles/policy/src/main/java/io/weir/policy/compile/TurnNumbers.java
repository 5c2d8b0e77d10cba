package io.weir.policy.compile;

import io.weir.api.Problem;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Numbers of a range, given in turn, so that a released one comes back as late as possible. What is
 * given is kept over restarts.
 */
final class TurnNumbers<K extends Comparable<K>> {
  private final String what;
  private final int first;
  private final int end;
  private final Map<K, Integer> given;
  private final java.util.BitSet taken = new java.util.BitSet();
  private int next;
  private boolean unsaved;

  /**
   * Numbers from {@code first} up to, not including, {@code end}.
   *
   * @param what the plural of what is numbered
   * @param next where the search for a free number goes on
   */
  TurnNumbers(String what, int first, int end, int next, Map<K, Integer> given) {
    this.what = what;
    this.first = first;
    this.end = end;
    this.next = Math.min(Math.max(next, first), end - 1);
    this.given = new TreeMap<>(given);
    given.values().forEach(taken::set);
  }

  Optional<Integer> number(K key) {
    return Optional.ofNullable(given.get(key));
  }

  int take(K key) {
    Integer known = given.get(key);
    if (known != null) {
      return known;
    }
    int free = taken.nextClearBit(next);
    if (free >= end) {
      free = taken.nextClearBit(first);
    }
    if (free >= end) {
      throw Problem.of(what, "at most " + (end - first), "one more").asException();
    }
    taken.set(free);
    given.put(key, free);
    next = free + 1 == end ? first : free + 1;
    unsaved = true;
    return free;
  }

  void release(K key) {
    Integer number = given.remove(key);
    if (number != null) {
      taken.clear(number);
      unsaved = true;
    }
  }

  Map<K, Integer> given() {
    return Collections.unmodifiableMap(given);
  }

  int next() {
    return next;
  }

  boolean unsaved() {
    return unsaved;
  }

  void saved() {
    unsaved = false;
  }
}
