package io.weir.api;

import java.util.List;
import java.util.function.Supplier;

/**
 * A metric, registered as a service by the bundle that counts it; whoever exposes metrics reads all
 * of them.
 *
 * @param name as exposed, with unit: {@code weir_flows_lost_total}
 * @param help one sentence
 * @param labels names of the labels, in the order of {@link Sample#labels}
 * @param samples reads the values now; cheap, and callable from any thread
 */
public record Metric(
    String name, Kind kind, String help, List<String> labels, Supplier<List<Sample>> samples) {
  public enum Kind {
    COUNTER,
    GAUGE
  }

  /** One value. */
  public record Sample(List<String> labels, double value) {}

  public Metric {
    labels = List.copyOf(labels);
  }
}
