package io.weir.flows;

import io.weir.state.BootClock;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * From the kernel's ring to flows with names, by one thread, while a program on another CPU fills
 * the ring. How many a second is measured in the reader's CPU time, which others on the machine do
 * not change, and beside it by the clock, where the program that fills may be the slower one; what
 * is lost, where it does not wait for the reader; what a flow takes that is kept. {@link #main}
 * prints one JSON object a line; it needs root.
 */
final class FlowsBenchmark {
  private static final boolean SHORT = "short".equals(System.getenv("BENCH"));
  private static final int SLICES = SHORT ? 2 : 12;
  private static final long SLICE_NANOS = SHORT ? 100_000_000L : 500_000_000L;
  private static final int CHUNK = 1024;
  private static final int MOST_AT_ONCE = 8 * CHUNK;
  private static final long FULL = 3 << 20;
  private static final int KEPT = 4095;

  private final BusyNode node;

  private FlowsBenchmark(BusyNode node) {
    this.node = node;
  }

  public static void main(String[] arguments) throws Exception {
    try (BusyNode node = new BusyNode()) {
      FlowsBenchmark bench = new FlowsBenchmark(node);
      bench.enriched();
      for (int million : new int[] {1, 2}) {
        row(
            "events lost at %d million/s".formatted(million),
            bench.lost(million * 1_000_000L),
            "%",
            million == 1 ? "<= 0.1" : "null");
      }
      row("flow that is kept, names apart", bytesPerKept(), "bytes", "null");
    }
  }

  /** Medians of slices: a shared machine's speed changes by the second. */
  private void enriched() throws Exception {
    List<Double> rates = new ArrayList<>();
    List<Double> cpuRates = new ArrayList<>();
    AtomicBoolean stop = new AtomicBoolean();
    Tally tally = new Tally();
    try (FlowReader reader = reader(tally)) {
      reader.start(() -> {});
      CompletableFuture<Void> producer = produce(stop);
      for (int slice = 0; slice < SLICES + 2; slice++) {
        long events = tally.events();
        long cpu = readerNanos();
        long begun = System.nanoTime();
        Thread.sleep(SLICE_NANOS / 1_000_000);
        events = tally.events() - events;
        rates.add(events * 1e9 / (System.nanoTime() - begun));
        cpuRates.add(events * 1e9 / (readerNanos() - cpu));
      }
      stop.set(true);
      producer.get();
      drain();
    }
    // what is compiled meanwhile is not measured
    row(
        "events from ring to enriched flows, a second of one thread",
        median(cpuRates.subList(2, cpuRates.size())),
        "events/s",
        ">= 1000000");
    row(
        "events from ring to enriched flows, by the clock",
        median(rates.subList(2, rates.size())),
        "events/s",
        "null");
  }

  /** CPU time of the thread that reads. */
  private static long readerNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    for (long id : threads.getAllThreadIds()) {
      ThreadInfo thread = threads.getThreadInfo(id);
      if (thread != null && thread.getThreadName().equals("io.weir.flows.ring")) {
        return threads.getThreadCpuTime(id);
      }
    }
    throw new IllegalStateException("expected the reader's thread");
  }

  /** Per cent of what is told at a rate, in the median slice. */
  private double lost(long perSecond) throws Exception {
    Tally tally = new Tally();
    List<Double> shares = new ArrayList<>();
    long lostBefore = node.maps.lost().orElseThrow();
    long told = 0;
    try (FlowReader reader = reader(tally)) {
      reader.start(() -> {});
      for (int slice = 0; slice < SLICES; slice++) {
        long before = node.maps.lost().orElseThrow();
        long inSlice = tellFor(perSecond);
        told += inSlice;
        shares.add(100.0 * (node.maps.lost().orElseThrow() - before) / inSlice);
        drain();
      }
    }
    long lost = node.maps.lost().orElseThrow() - lostBefore;
    if (tally.events() + lost != told) {
      throw new IllegalStateException(
          "%d told, %d read, %d lost".formatted(told, tally.events(), lost));
    }
    return median(shares);
  }

  /** Tells for a slice at a rate; what it could not tell when it was due, it leaves out. */
  private long tellFor(long perSecond) {
    long told = 0;
    long missed = 0;
    long begun = System.nanoTime();
    long passed = 0;
    while (passed < SLICE_NANOS) {
      passed = System.nanoTime() - begun;
      long due = (long) (passed / 1e9 * perSecond) - told - missed;
      missed += Math.max(0, due - MOST_AT_ONCE);
      if (due >= CHUNK) {
        node.tell(CHUNK);
        told += CHUNK;
      } else {
        Thread.onSpinWait();
      }
    }
    return told;
  }

  private void drain() throws InterruptedException {
    while (node.waiting() > 0) {
      Thread.sleep(1);
    }
  }

  /** Fills the ring as fast as it is emptied. */
  private CompletableFuture<Void> produce(AtomicBoolean stop) {
    return CompletableFuture.runAsync(
        () -> {
          while (!stop.get()) {
            if (node.waiting() < FULL) {
              node.tell(CHUNK);
            } else {
              Thread.onSpinWait();
            }
          }
        });
  }

  private FlowReader reader(Tally tally) {
    BootClock clock = new BootClock();
    return new FlowReader(
        node.linux.rings(),
        node.maps,
        BusyNode.names(),
        new FlowBuffer(KEPT, clock),
        tally,
        new LossWatch(OptionalLong.empty()),
        clock);
  }

  private static double bytesPerKept() {
    int kept = 1 << 17;
    BootClock clock = new BootClock();
    long before = used();
    FlowBuffer buffer = new FlowBuffer(kept, clock);
    RawEvent event = new RawEvent();
    buffer.begin();
    for (int i = 0; i < kept; i++) {
      buffer.add(event);
    }
    buffer.end();
    double bytes = (double) (used() - before) / kept;
    if (buffer.all().seen().size() != kept) {
      throw new IllegalStateException("expected %d flows".formatted(kept));
    }
    return bytes;
  }

  private static long used() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  @SuppressWarnings("SystemOut")
  private static void row(String name, double value, String unit, String required) {
    System.out.printf(
        Locale.ROOT,
        "{\"name\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", \"baseline\": null, \"ratio\": null, \"required\": %s}%n",
        name,
        value,
        unit,
        required.equals("null") ? "null" : '"' + required + '"');
  }
}
