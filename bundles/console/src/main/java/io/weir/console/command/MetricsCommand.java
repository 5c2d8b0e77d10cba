package io.weir.console.command;

import io.weir.api.Listing;
import io.weir.api.Metric;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** What every bundle counts, as it is now. */
@Service
@Command(scope = "weir", name = "metrics", description = "What bundles count, and the values now")
public final class MetricsCommand implements Action {
  @Argument(name = "TEXT", description = "only those whose name holds this")
  private String text = "";

  @Reference private BundleContext context;

  @Override
  public Object execute() throws InvalidSyntaxException {
    TreeMap<String, Metric> metrics = new TreeMap<>();
    Collection<ServiceReference<Metric>> references =
        context.getServiceReferences(Metric.class, null);
    for (ServiceReference<Metric> reference : references) {
      Metric metric = context.getService(reference);
      if (metric != null && metric.name().contains(text)) { // null: just gone, with its bundle
        metrics.put(metric.name(), metric);
      }
    }
    Listing.Builder listing = Listing.of("metric", "kind", "labels", "value");
    for (Metric metric : metrics.values()) {
      for (Metric.Sample sample : metric.samples().get()) {
        listing.row(
            metric.name(),
            metric.kind().name().toLowerCase(Locale.ROOT),
            labels(metric.labels(), sample.labels()),
            sample.value());
      }
    }
    references.forEach(context::ungetService);
    return listing.build();
  }

  private static Map<String, Object> labels(List<String> names, List<String> values) {
    Map<String, Object> labels = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      labels.put(names.get(i), values.get(i));
    }
    return labels;
  }
}
