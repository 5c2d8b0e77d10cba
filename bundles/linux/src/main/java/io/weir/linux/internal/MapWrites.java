package io.weir.linux.internal;

import io.weir.api.Metric;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many entries of maps were written or taken away since these classes were loaded, by the name
 * of the map. Entries that are taken away many at a time are not counted: those are flows at the
 * end of their time, and no one's decision.
 */
final class MapWrites {
  private static final Map<String, LongAdder> COUNTS = new ConcurrentHashMap<>();

  private MapWrites() {}

  static void add(String map, int entries) {
    COUNTS.computeIfAbsent(map, name -> new LongAdder()).add(entries);
  }

  static Metric metric() {
    return new Metric(
        "weir_map_writes_total",
        Metric.Kind.COUNTER,
        "Entries of eBPF maps that the engine has written or taken away.",
        List.of("map"),
        () ->
            COUNTS.entrySet().stream()
                .map(count -> new Metric.Sample(List.of(count.getKey()), count.getValue().sum()))
                .toList());
  }
}
