package com.example.census;

import io.weir.api.Metric;
import io.weir.api.Metric.Kind;
import io.weir.api.Metric.Sample;
import io.weir.api.table.Table;
import io.weir.api.table.Tables;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Offers the counts to whoever exposes metrics. The container takes it back with the bundle. */
@Component(service = CensusMetric.class, immediate = true)
public final class CensusMetric {
  @Activate
  public CensusMetric(BundleContext context, @Reference Tables tables) {
    Table<String, Census> census = tables.table(Census.TABLE);
    Metric pods =
        new Metric(
            "weir_census_pods",
            Kind.GAUGE,
            "Pods on this node.",
            List.of("namespace"),
            () -> samples(census));
    context.registerService(Metric.class, pods, null);
  }

  private static List<Sample> samples(Table<String, Census> census) {
    return census.snapshot().rows().stream()
        .map(row -> new Sample(List.of(row.key()), row.value().pods()))
        .toList();
  }
}
