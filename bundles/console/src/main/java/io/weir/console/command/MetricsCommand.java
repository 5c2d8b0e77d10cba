package io.weir.console.command;

import io.weir.api.Listing;
import io.weir.api.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** Shows what bundles count. */
@Service
@Command(scope = "weir", name = "metrics", description = "What bundles count, as it is now.")
public final class MetricsCommand implements Action {
  @Argument(name = "NAME", description = "what the names begin with")
  private String name = "";

  @Reference private BundleContext context;

  @Override
  public Object execute() throws InvalidSyntaxException {
    List<Metric> metrics = new ArrayList<>();
    for (ServiceReference<Metric> reference : context.getServiceReferences(Metric.class, null)) {
      Metric metric = context.getService(reference);
      if (metric != null) { // its bundle may just have gone
        metrics.add(metric);
      }
      context.ungetService(reference);
    }
    return listing(metrics, name);
  }

  static Listing listing(List<Metric> metrics, String begin) {
    Listing.Builder listing = Listing.of("name", "labels", "value", "help");
    metrics.stream()
        .filter(metric -> metric.name().startsWith(begin))
        .sorted(Comparator.comparing(Metric::name))
        .forEach(
            metric -> {
              for (Metric.Sample sample : metric.samples().get()) {
                TreeMap<String, String> labels = new TreeMap<>();
                for (int i = 0; i < metric.labels().size(); i++) {
                  labels.put(metric.labels().get(i), sample.labels().get(i));
                }
                listing.row(metric.name(), labels, sample.value(), metric.help());
              }
            });
    return listing.build();
  }
}
