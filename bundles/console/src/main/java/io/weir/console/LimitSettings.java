package io.weir.console;

import io.weir.api.Metric;
import io.weir.api.Metric.Kind;
import io.weir.api.Metric.Sample;
import io.weir.api.Setting;
import io.weir.api.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The settings of {@link Limits}, and what it has counted. */
@Component(service = LimitSettings.class, immediate = true)
public final class LimitSettings {
  static final Setting<Integer> CALLS =
      Setting.number(
          "console-calls",
          Limits.DEFAULT_CALLS,
          8,
          1024,
          "How many calls of weir.sock run at a time; half as many of one verb.");

  static final Setting<Integer> CONNECTIONS =
      Setting.number(
          "console-connections",
          Limits.DEFAULT_CONNECTIONS,
          16,
          16384,
          "How many connections weir.sock has at a time; of more, those go first that have not"
              + " called.");

  static final Setting<Integer> INPUT =
      Setting.number(
          "console-input-seconds",
          Limits.DEFAULT_INPUT_SECONDS,
          1,
          86400,
          "For how long a call of weir.sock waits for the end of its standard input; what is typed"
              + " into weir shell may take longer.");

  private static final String NAME = "io.weir.console.limits";

  private final Settings.View view;
  private final List<ServiceRegistration<Metric>> metrics = new ArrayList<>();

  @Activate
  public LimitSettings(BundleContext context, @Reference Settings settings) {
    view = settings.declare(NAME, this::apply, CALLS, CONNECTIONS, INPUT);
    apply();
    for (Metric metric : List.of(refused(Limits.OURS), running())) {
      metrics.add(context.registerService(Metric.class, metric, null));
    }
  }

  private void apply() {
    Settings.View known = view;
    if (known != null) {
      Limits.OURS.set(known.get(CALLS), known.get(CONNECTIONS));
      Limits.OURS.setInput(known.get(INPUT), Limits.PATIENCE);
    }
  }

  static Metric refused(Limits limits) {
    return new Metric(
        "weir_console_refused_total",
        Kind.COUNTER,
        "Calls and connections of weir.sock beyond the limits, connections that did not call, and"
            + " calls whose input did not come to its end.",
        List.of("what"),
        () ->
            List.of(
                sample("calls", limits.refusedCalls),
                sample("connections", limits.refusedConnections),
                sample("silent", limits.silentConnections),
                sample("slow", limits.slowInputs)));
  }

  private static Metric running() {
    return new Metric(
        "weir_console_calls",
        Kind.GAUGE,
        "Calls of weir.sock that run.",
        List.of(),
        () -> List.of(new Sample(List.of(), ConsoleThreads.running())));
  }

  private static Sample sample(String what, LongAdder count) {
    return new Sample(List.of(what), count.sum());
  }

  @Deactivate
  void stop() {
    metrics.forEach(ServiceRegistration::unregister);
    view.close();
  }
}
