package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.linux.BpfMap;
import io.weir.linux.LinuxException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * One hash or trie of the kernel, and what is known to be in it, so that only what differs is
 * written. An entry costs about 150 bytes of heap besides its own in the kernel. Used by one
 * thread.
 */
final class Mirror {
  private final BpfMap map;
  private final Map<Bytes, byte[]> known = new HashMap<>();
  private long writes;

  /** Adopts what is there. */
  Mirror(BpfMap map) {
    this.map = map;
    map.forEach((key, value) -> known.put(new Bytes(key), value));
  }

  /**
   * Makes {@code key} lead to {@code value}.
   *
   * @return whether a write was needed
   * @throws io.weir.api.ProblemException when the map is full, naming it and its size
   */
  boolean put(Bytes key, byte[] value) {
    byte[] before = known.get(key);
    if (before != null && Arrays.equals(before, value)) {
      return false;
    }
    try {
      map.update(key.array(), value);
    } catch (LinuxException e) {
      throw e.errno() == LinuxException.E2BIG || e.errno() == LinuxException.ENOSPC ? full(e) : e;
    }
    known.put(key, value);
    writes++;
    return true;
  }

  /** Takes an entry away; false where there was none. */
  boolean remove(Bytes key) {
    if (known.remove(key) == null) {
      return false;
    }
    map.delete(key.array());
    writes++;
    return true;
  }

  byte[] get(Bytes key) {
    return known.get(key);
  }

  /** A copy, so that entries may be taken away meanwhile. */
  Set<Bytes> keys() {
    return Set.copyOf(known.keySet());
  }

  /** Entries written and taken away so far. */
  long writes() {
    return writes;
  }

  /** Makes the map exactly {@code wanted}: first what is new or differs, then what is too much. */
  void set(Map<Bytes, byte[]> wanted) {
    wanted.forEach(this::put);
    retain(wanted.keySet());
  }

  /** Takes away what is not among {@code wanted}. */
  void retain(Set<Bytes> wanted) {
    for (Bytes key : keys()) {
      if (!wanted.contains(key)) {
        remove(key);
      }
    }
  }

  private io.weir.api.ProblemException full(LinuxException cause) {
    return new io.weir.api.ProblemException(
        Problem.of(
                "map " + map.info().name(),
                "room for one more entry",
                "a map full with its " + map.info().maxEntries() + " entries")
            .remedy("remove what is not needed, or spread it over more nodes"),
        cause);
  }
}
