package io.weir.state;

import io.weir.api.Metric;
import io.weir.api.table.Tables;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** The tables as a service. Tables of a bundle's own row types go when that bundle stops. */
@Component(service = Tables.class, immediate = true)
public final class TablesService extends TableStore {
  private final BundleContext context;
  private final SynchronousBundleListener stops = this::changed;
  private final List<ServiceRegistration<Metric>> metrics = new ArrayList<>();

  @Activate
  public TablesService(BundleContext context) {
    this.context = context;
    context.addBundleListener(stops);
    for (Metric metric : TableMetrics.of(this)) {
      metrics.add(context.registerService(Metric.class, metric, null));
    }
  }

  @Deactivate
  void stop() {
    metrics.forEach(ServiceRegistration::unregister);
    context.removeBundleListener(stops);
  }

  private void changed(BundleEvent event) {
    if (event.getType() == BundleEvent.STOPPED) {
      Bundle bundle = event.getBundle();
      BundleWiring wiring = bundle.adapt(BundleWiring.class);
      // Classes of the api are there as long as those of this bundle, whether it is stopped or not.
      if (wiring != null && wiring.getClassLoader() != Tables.class.getClassLoader()) {
        drop(loader -> loader != null && loader == wiring.getClassLoader());
      }
    }
  }
}
