package io.weir.datapath;

import io.weir.api.Problem;
import java.util.Map;
import java.util.TreeMap;

/** Gives out runs of consecutive places in an array: the first that fits. */
final class Runs {
  private final int size;

  /** First place of each free run → its length. */
  private final TreeMap<Integer, Integer> free = new TreeMap<>();

  Runs(int size) {
    this.size = size;
    free.put(0, size);
  }

  /**
   * Marks a run as taken that was found so; false where part of it is taken already, or is not
   * there.
   */
  boolean take(int base, int length) {
    Map.Entry<Integer, Integer> run = free.floorEntry(base);
    if (length == 0) {
      return true;
    }
    if (run == null || base < 0 || run.getKey() + run.getValue() < base + length) {
      return false;
    }
    free.remove(run.getKey());
    put(run.getKey(), base - run.getKey());
    put(base + length, run.getKey() + run.getValue() - base - length);
    return true;
  }

  /**
   * The first place of a run that is now the caller's.
   *
   * @throws io.weir.api.ProblemException when no run is long enough
   */
  int allocate(int length) {
    if (length == 0) {
      return 0;
    }
    for (Map.Entry<Integer, Integer> run : free.entrySet()) {
      if (run.getValue() >= length) {
        int base = run.getKey();
        take(base, length);
        return base;
      }
    }
    throw Problem.of(
            "map backends",
            "room for " + length + " more backends in a row",
            "a map of " + size + " places without such room")
        .remedy("remove services, or backends of services")
        .asException();
  }

  void release(int base, int length) {
    if (length == 0) {
      return;
    }
    int start = base;
    int end = base + length;
    Map.Entry<Integer, Integer> before = free.lowerEntry(base);
    if (before != null && before.getKey() + before.getValue() == base) {
      start = before.getKey();
    }
    Integer after = free.remove(end);
    if (after != null) {
      end += after;
    }
    free.put(start, end - start);
  }

  private void put(int base, int length) {
    if (length > 0) {
      free.put(base, length);
    }
  }
}
