package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Metric;
import io.weir.api.Problem;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import io.weir.datapath.FlowPressure.Table;
import io.weir.state.TableStore;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a table of flows is said to be under pressure, and what is counted of it. */
class FlowPressureTest {
  private final FlowMetrics metrics = new FlowMetrics();

  @ParameterizedTest
  @CsvSource({
    "90, 0, true",
    "89, 0, false",
    "100, 5, true",
    "50, 1, true",
    "49, 9, false",
    "0, 0, false"
  })
  void should_be_pressed_when_nearly_full_or_evicting(long live, long evicted, boolean pressed) {
    assertThat(new Table(FlowFamily.IPV4, live, 100, evicted).pressed()).isEqualTo(pressed);
  }

  private Table walk(long live, long collected, long inserted) {
    return metrics.add(new FlowCollector.Table(FlowFamily.IPV4, live, 1000, collected, inserted));
  }

  @Test
  void should_take_for_evicted_what_was_inserted_and_is_neither_there_nor_collected() {
    assertThat(walk(500, 0, 700).evicted()).as("nobody knows what was before").isZero();
    assertThat(walk(900, 50, 1200).evicted()).isEqualTo(50);
    assertThat(walk(900, 0, 1200).evicted()).isZero();
    metrics.flushed(FlowFamily.IPV4, 30);
    assertThat(walk(870, 0, 1200).evicted()).as("flushed is not evicted").isZero();
    assertThat(value("weir_flow_entries_evicted_total")).isEqualTo(50);
    assertThat(value("weir_flow_entries_collected_total")).isEqualTo(80);
    assertThat(value("weir_flow_entries")).isEqualTo(870);
    assertThat(value("weir_flow_entries_capacity")).isEqualTo(1000);
  }

  @Test
  void should_keep_the_families_apart() {
    walk(10, 0, 10);
    metrics.add(new FlowCollector.Table(FlowFamily.IPV6, 3, 2000, 0, 3));
    Metric entries = metric("weir_flow_entries");
    assertThat(entries.labels()).containsExactly("family");
    assertThat(entries.samples().get())
        .containsExactly(
            new Metric.Sample(List.of("IPv4"), 10), new Metric.Sample(List.of("IPv6"), 3));
  }

  private double value(String name) {
    return metric(name).samples().get().get(0).value();
  }

  private Metric metric(String name) {
    return metrics.metrics().stream()
        .filter(metric -> metric.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void should_warn_for_as_long_as_it_lasts() {
    TableStore tables = new TableStore();
    try (Warnings warnings =
        new Warnings(tables.table(WeirTables.SOURCE_PROBLEMS).write(Owner.of(Datapath.NAME)))) {
      Problem problem = Problem.of("flow table IPv4", "room", "none");
      warnings.warned("flow table IPv4", Optional.of(problem));
      warnings.refused("other", Optional.of(problem));
      assertThat(rows(tables)).hasSize(2);
      assertThat(rows(tables).get(0).warnings()).containsExactly(problem);
      assertThat(rows(tables).get(0).refusals()).isEmpty();
      warnings.warned("flow table IPv4", Optional.empty());
      assertThat(rows(tables)).extracting(row -> row.key().source()).containsExactly("other");
      warnings.refused("other", Optional.empty());
      assertThat(rows(tables)).isEmpty();
    }
  }

  private static List<SourceProblem> rows(TableStore tables) {
    return tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().rows().stream()
        .map(Row::value)
        .sorted(java.util.Comparator.comparing(row -> row.key().source()))
        .toList();
  }
}
