package io.weir.linux.internal;

import io.weir.linux.RingBatch;
import io.weir.linux.RingReader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Reads several rings in turn. Each call passes the gate, which closes before pages are unmapped.
 */
final class MappedReader implements RingReader {
  private static final long SHORTEST_DOZE_NANOS = 50_000;
  private static final long LONGEST_DOZE_NANOS = 50_000_000;

  private final Gate gate = new Gate("the reader of rings");
  private final List<MappedRing> rings;
  private final Consumer<MappedReader> closed;
  private int turn;
  private long doze = SHORTEST_DOZE_NANOS;

  MappedReader(List<MappedRing> rings, Consumer<MappedReader> closed) {
    this.rings = List.copyOf(rings);
    this.closed = closed;
  }

  @Override
  public int read(RingBatch into) {
    gate.enter();
    try {
      int count = 0;
      for (int i = 0; i < rings.size(); i++) {
        count = rings.get((turn + i) % rings.size()).read(into, count);
      }
      turn = (turn + 1) % rings.size();
      return count;
    } finally {
      gate.leave();
    }
  }

  @Override
  public int await(RingBatch into, Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (true) {
      int count = read(into);
      if (count > 0) {
        doze = SHORTEST_DOZE_NANOS;
        return count;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      long left = end - System.nanoTime();
      if (left <= 0) {
        return 0;
      }
      LockSupport.parkNanos(Math.min(doze, left));
      doze = Math.min(doze * 2, LONGEST_DOZE_NANOS);
    }
  }

  @Override
  public long waitingBytes() {
    gate.enter();
    try {
      return rings.stream().mapToLong(MappedRing::waitingBytes).sum();
    } finally {
      gate.leave();
    }
  }

  @Override
  public long oversized() {
    return rings.stream().mapToLong(MappedRing::oversized).sum();
  }

  @Override
  public void close() {
    if (gate.close()) {
      rings.forEach(MappedRing::unmap);
      closed.accept(this);
    }
  }
}
