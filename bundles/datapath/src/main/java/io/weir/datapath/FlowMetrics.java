package io.weir.datapath;

import io.weir.api.Metric;
import io.weir.api.Metric.Kind;
import io.weir.api.Metric.Sample;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What is known of flows from walking their maps; read by any thread. */
final class FlowMetrics {
  private volatile FlowCollector.Found last = new FlowCollector.Found(0, 0, 0, 0);
  private volatile long collected;
  private volatile long untold;
  private long insertedBefore;
  private boolean walked;

  /** Takes a walk's result in; entries of before the first walk are not counted. */
  void add(FlowCollector.Found found) {
    if (!walked) {
      insertedBefore = found.inserted() - found.live() - found.collected();
      walked = true;
    }
    collected += found.collected();
    untold += found.untold();
    last = found;
  }

  /** Inserted, and neither there nor collected: the kernel has evicted them. */
  long evicted() {
    return Math.max(0, last.inserted() - insertedBefore - last.live() - collected);
  }

  List<Metric> metrics() {
    return List.of(
        metric(
            "weir_flow_entries",
            Kind.GAUGE,
            "Entries of flows; a flow has two.",
            m -> m.last.live()),
        metric(
            "weir_flow_entries_inserted_total",
            Kind.COUNTER,
            "Entries of flows that the kernel has inserted.",
            m -> m.last.inserted()),
        metric(
            "weir_flow_entries_collected_total",
            Kind.COUNTER,
            "Entries of flows that were over or idle for too long.",
            m -> m.collected),
        metric(
            "weir_flow_entries_evicted_total",
            Kind.COUNTER,
            "Estimate of entries of flows that a full map has lost.",
            FlowMetrics::evicted),
        metric(
            "weir_flow_ends_untold_total",
            Kind.COUNTER,
            "Entries of flows that timed out, too many at once for each to be told.",
            m -> m.untold));
  }

  private Metric metric(String name, Kind kind, String help, ToDoubleFunction<FlowMetrics> value) {
    return new Metric(
        name,
        kind,
        help,
        List.of(),
        () -> List.of(new Sample(List.of(), value.applyAsDouble(this))));
  }
}
