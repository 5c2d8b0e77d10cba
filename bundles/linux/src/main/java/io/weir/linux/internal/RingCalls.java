package io.weir.linux.internal;

import io.weir.linux.BpfMap;
import io.weir.linux.RingReader;
import io.weir.linux.Rings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** {@link Rings} by mapped pages. */
final class RingCalls implements Rings {
  private final Gate gate;
  private final Set<MappedReader> open = ConcurrentHashMap.newKeySet();

  RingCalls(Gate gate) {
    this.gate = gate;
  }

  @Override
  public RingReader open(List<BpfMap> rings) {
    gate.enter();
    List<MappedRing> mapped = new ArrayList<>();
    try {
      for (BpfMap ring : rings) {
        mapped.add(MappedRing.map(ring.info(), ring.fd().number()));
      }
      MappedReader reader = new MappedReader(mapped, open::remove);
      open.add(reader);
      return reader;
    } catch (RuntimeException e) {
      mapped.forEach(MappedRing::unmap);
      throw e;
    } finally {
      gate.leave();
    }
  }

  /** Closes what its users have left open. */
  void closeAll() {
    open.forEach(MappedReader::close);
  }
}
