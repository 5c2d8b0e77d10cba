package io.weir.datapath;

import io.weir.api.Metric;
import io.weir.api.Metric.Kind;
import io.weir.api.Metric.Sample;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What is known of flows from walking their maps; read by any thread. */
final class FlowMetrics {
  /** Counts of one family's table. */
  private static final class Counts {
    private volatile FlowCollector.Table last;
    private volatile long collected;
    private volatile long evicted;
    private long insertedBefore;
    private boolean walked;

    Counts(FlowFamily family) {
      last = new FlowCollector.Table(family, 0, 0, 0, 0);
    }
  }

  private final Map<FlowFamily, Counts> families =
      Map.of(
          FlowFamily.IPV4, new Counts(FlowFamily.IPV4),
          FlowFamily.IPV6, new Counts(FlowFamily.IPV6));

  /**
   * Takes a walk's result in; entries of before the first walk are not counted.
   *
   * @return the table as it is now
   */
  synchronized FlowPressure.Table add(FlowCollector.Table found) {
    Counts counts = families.get(found.family());
    if (!counts.walked) {
      counts.insertedBefore = found.inserted() - found.live() - found.collected();
      counts.walked = true;
    }
    counts.collected += found.collected();
    counts.last = found;
    // inserted, and neither there nor collected; what it was once it stays, a counter does not fall
    long gone = found.inserted() - counts.insertedBefore - found.live() - counts.collected;
    long more = Math.max(0, gone - counts.evicted);
    counts.evicted += more;
    return new FlowPressure.Table(found.family(), found.live(), found.capacity(), more);
  }

  /** Entries that somebody has taken away by name. */
  synchronized void flushed(FlowFamily family, long entries) {
    families.get(family).collected += entries;
  }

  List<Metric> metrics() {
    return List.of(
        metric(
            "weir_flow_entries",
            Kind.GAUGE,
            "Entries of flows; a flow has two.",
            counts -> counts.last.live()),
        metric(
            "weir_flow_entries_capacity",
            Kind.GAUGE,
            "Entries that the table of flows has room for.",
            counts -> counts.last.capacity()),
        metric(
            "weir_flow_entries_inserted_total",
            Kind.COUNTER,
            "Entries of flows that the kernel has inserted.",
            counts -> counts.last.inserted()),
        metric(
            "weir_flow_entries_collected_total",
            Kind.COUNTER,
            "Entries of flows that were over, idle for too long, or flushed.",
            counts -> counts.collected),
        metric(
            "weir_flow_entries_evicted_total",
            Kind.COUNTER,
            "Estimate of entries of flows that a full table has lost.",
            counts -> counts.evicted));
  }

  private Metric metric(String name, Kind kind, String help, ToDoubleFunction<Counts> value) {
    return new Metric(
        name,
        kind,
        help,
        List.of("family"),
        () ->
            FlowFamily.BOTH.stream()
                .map(
                    family ->
                        new Sample(
                            List.of(family.toString()), value.applyAsDouble(families.get(family))))
                .toList());
  }
}
