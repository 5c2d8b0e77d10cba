package io.weir.linux.internal;

import io.weir.api.Metric;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Tells what is counted here; the registration ends with the bundle. */
@Component(
    service = {},
    immediate = true)
public final class LinuxMetrics {
  @Activate
  public LinuxMetrics(BundleContext context) {
    context.registerService(Metric.class, MapWrites.metric(), null);
  }
}
