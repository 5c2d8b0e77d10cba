package io.weir.flows;

import io.weir.api.Metric;
import io.weir.api.Metric.Kind;
import io.weir.api.Metric.Sample;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What is told to whoever exposes metrics. */
final class FlowMetrics {
  private FlowMetrics() {}

  static List<Metric> of(Tally tally, EventMaps maps) {
    return List.of(
        counter(
            "weir_flows_total",
            "Flows read from the ring since the engine began.",
            List.of("verdict"),
            () ->
                Arrays.stream(Flow.Verdict.values())
                    .map(
                        verdict ->
                            new Sample(
                                List.of(verdict.name().toLowerCase(Locale.ROOT)),
                                tally.flows(verdict)))
                    .toList()),
        counter(
            "weir_flow_events_total",
            "The same, by what was told of them.",
            List.of("type"),
            () ->
                Arrays.stream(Event.Type.values())
                    .map(type -> new Sample(List.of(type.words()), tally.flows(type)))
                    .toList()),
        counter(
            "weir_flow_events_lost_total",
            "Events that found no room in the kernel's ring, and flows that streams were too slow for.",
            List.of("source"),
            () ->
                List.of(
                    new Sample(List.of("kernel_ring"), maps.lost().orElse(0)),
                    new Sample(List.of("stream"), tally.missed()))),
        counter(
            "weir_flow_events_unknown_total",
            "Events of a type or version, and drops for a reason, that this release does not know.",
            List.of("what"),
            () ->
                List.of(
                    new Sample(List.of("event"), tally.unknown()),
                    new Sample(List.of("reason"), tally.unknownReasons()))),
        drops(
            "weir_flow_events_suppressed_total",
            "Drops that were not told, being more of one pod and reason than"
                + " drop-events-per-second.",
            maps,
            EventMaps.Drops::suppressed),
        drops("weir_drop_packets_total", "Packets dropped.", maps, EventMaps.Drops::packets),
        drops("weir_drop_bytes_total", "Bytes dropped.", maps, EventMaps.Drops::bytes));
  }

  private static Metric drops(
      String name, String help, EventMaps maps, ToDoubleFunction<EventMaps.Drops> value) {
    return counter(
        name,
        help,
        List.of("reason", "direction"),
        () ->
            maps.drops().entrySet().stream()
                .map(
                    entry ->
                        new Sample(
                            List.of(
                                Reasons.of(entry.getKey().reason()).words(),
                                entry.getKey().toPod() ? "INGRESS" : "EGRESS"),
                            value.applyAsDouble(entry.getValue())))
                .toList());
  }

  private static Metric counter(
      String name, String help, List<String> labels, Supplier<List<Sample>> samples) {
    return new Metric(name, Kind.COUNTER, help, labels, samples);
  }
}
