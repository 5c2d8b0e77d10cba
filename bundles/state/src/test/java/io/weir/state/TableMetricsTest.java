package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Metric;
import io.weir.api.Metric.Sample;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Reporter;
import io.weir.api.table.Status;
import io.weir.api.table.Table;
import io.weir.api.table.TableId;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableMetricsTest {
  private static final TableId<String, String> PODS =
      TableId.of("pods", String.class, String.class);
  private static final String DATAPATH = "io.weir.datapath";

  private final TableStore store = new TableStore();
  private final Table<String, String> pods = store.table(PODS);

  @Test
  void should_count_rows_changes_and_what_is_in_force() {
    Reporter<String> reporter = pods.reporter(DATAPATH);
    Epoch<String, String> epoch = pods.write(Owner.of("io.weir.cni"));
    epoch.put("a", "1");
    epoch.put("a", "2");
    epoch.put("b", "1");
    reporter.report("a", 2, Status.DONE);
    assertThat(samples("weir_table_rows")).containsExactly(new Sample(List.of("pods"), 2));
    assertThat(samples("weir_table_revision_total"))
        .containsExactly(new Sample(List.of("pods"), 3));
    assertThat(samples("weir_table_reconciled_total"))
        .containsExactly(new Sample(List.of("pods", DATAPATH), 1));
  }

  @Test
  void should_declare_each_metric_once_with_a_sentence_and_names_for_its_labels() {
    pods.reporter(DATAPATH);
    List<Metric> metrics = TableMetrics.of(store);
    assertThat(metrics).extracting(Metric::name).doesNotHaveDuplicates();
    assertThat(metrics)
        .allSatisfy(
            metric -> {
              assertThat(metric.name()).matches("weir_[a-z_]+");
              assertThat(metric.name().endsWith("_total"))
                  .isEqualTo(metric.kind() == Metric.Kind.COUNTER);
              assertThat(metric.help()).endsWith(".");
              metric
                  .samples()
                  .get()
                  .forEach(sample -> assertThat(sample.labels()).hasSameSizeAs(metric.labels()));
            });
  }

  private List<Sample> samples(String name) {
    return TableMetrics.of(store).stream()
        .filter(metric -> metric.name().equals(name))
        .flatMap(metric -> metric.samples().get().stream())
        .toList();
  }
}
