package io.weir.flows;

import io.weir.api.Clock;
import io.weir.linux.BpfMap;
import io.weir.linux.LinuxException;
import io.weir.linux.RingBatch;
import io.weir.linux.RingReader;
import io.weir.linux.Rings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that reads the ring: events → flows → buffer. One duty cycle: wait for records, at
 * most {@link #LOOK}; take them; now and then look whether events were lost and the ring is still
 * the pinned one. Closing returns when the thread has ended; the ring's position is the ring's.
 */
final class FlowReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlowReader.class);
  private static final int BATCH_BYTES = 1 << 18;
  private static final int BATCH_RECORDS = 4096;
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(50);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

  /** Waits until names are known. */
  @FunctionalInterface
  interface Ready {
    void await() throws InterruptedException;
  }

  private final Rings rings;
  private final EventMaps maps;
  private final Enricher enricher;
  private final FlowBuffer buffer;
  private final Tally tally;
  private final LossWatch losses;
  private final Clock clock;
  private final Names names;
  private final SuppressionWatch suppressions = new SuppressionWatch();
  private final RingBatch batch = new RingBatch(BATCH_BYTES, BATCH_RECORDS);
  private final RawEvent event = new RawEvent();
  private final Tally.Batch counts = new Tally.Batch();
  private final Thread thread = new Thread(this::run, "io.weir.flows.ring");
  private Ready ready = () -> {};
  private volatile boolean stopped;
  private String lastFailure = "";

  FlowReader(
      Rings rings,
      EventMaps maps,
      Names names,
      FlowBuffer buffer,
      Tally tally,
      LossWatch losses,
      Clock clock) {
    this.rings = rings;
    this.maps = maps;
    this.names = names;
    enricher = new Enricher(names);
    this.buffer = buffer;
    this.tally = tally;
    this.losses = losses;
    this.clock = clock;
    thread.setDaemon(true);
  }

  /** Reads once names are {@code ready}: until then events wait in the ring. */
  void start(Ready ready) {
    this.ready = ready;
    thread.start();
  }

  private void run() {
    Duration wait = SHORTEST_WAIT;
    while (!stopped) {
      try {
        ready.await();
        if (follow()) {
          wait = SHORTEST_WAIT;
        }
        Thread.sleep(wait.toMillis());
      } catch (InterruptedException e) {
        continue; // close() has said so
      } catch (LinuxException | IllegalStateException e) {
        complain(e);
      }
      Duration longer = wait.multipliedBy(2);
      wait = longer.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : longer;
    }
  }

  private void complain(RuntimeException e) {
    String failure = String.valueOf(e.getMessage());
    if (!stopped && !failure.equals(lastFailure)) {
      LOG.warn("events cannot be read, which is tried again: {}", failure);
      lastFailure = failure;
    }
  }

  /** Reads the ring for as long as it is the pinned one; false where none is pinned. */
  private boolean follow() throws InterruptedException {
    Optional<BpfMap> pinned = maps.ring();
    if (pinned.isEmpty()) {
      return false;
    }
    int id;
    try (BpfMap map = pinned.get();
        RingReader reader = rings.open(List.of(map))) {
      id = map.info().id();
      lastFailure = "";
      long look = clock.monotonicNanos();
      while (!stopped) {
        take(reader.await(batch, LOOK));
        if (clock.monotonicNanos() - look >= 0) {
          tellLosses();
          tellSuppressed();
          tellOverdue();
          if (!isPinned(id)) {
            return true;
          }
          look = clock.monotonicNanos() + LOOK.toNanos();
        }
      }
    }
    return true;
  }

  private boolean isPinned(int id) {
    try (BpfMap map = maps.ring().orElse(null)) {
      return map != null && map.info().id() == id;
    }
  }

  private void take(int records) {
    if (records == 0) {
      return;
    }
    long now = clock.monotonicNanos();
    enricher.begin(now);
    buffer.begin();
    try {
      for (int i = 0; i < records; i++) {
        counts.read();
        if (!event.decode(batch.bytes(), batch.starts()[i], batch.lengths()[i], now)) {
          counts.skipped();
        } else if (enricher.enrich(event)) {
          keep(event);
        }
      }
    } finally {
      buffer.end();
    }
    tally.add(counts);
  }

  private void keep(RawEvent flow) {
    counts.seen(flow);
    buffer.add(flow);
  }

  /** Ends of flows that have waited for their other half. */
  private void tellOverdue() {
    enricher.begin(clock.monotonicNanos());
    buffer.begin();
    try {
      enricher.overdue(event, this::keep);
    } finally {
      buffer.end();
    }
    tally.add(counts);
  }

  private void tellSuppressed() {
    long now = clock.monotonicNanos();
    suppressions
        .more(maps.suppressed())
        .forEach(
            (limit, count) ->
                buffer.add(
                    new Seen.Suppressed(
                        clock.wall(now),
                        limit.reason(),
                        names.behind(limit.ifindex(), now),
                        limit.toPod(),
                        count)));
  }

  private void tellLosses() {
    maps.lost()
        .ifPresent(
            count -> {
              long more = losses.more(count);
              if (more > 0) {
                buffer.add(
                    new Seen.Lost(
                        clock.wall(clock.monotonicNanos()),
                        Seen.Source.PERF_EVENT_RING_BUFFER,
                        more));
              }
            });
  }

  @Override
  public void close() {
    stopped = true;
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
