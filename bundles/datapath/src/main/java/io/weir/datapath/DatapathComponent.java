package io.weir.datapath;

import io.weir.api.KernelCheck;
import io.weir.api.Metric;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.api.SocketHandler;
import io.weir.api.StateFiles;
import io.weir.api.Uninstaller;
import io.weir.api.row.Address;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Tables;
import io.weir.linux.BpfMap;
import io.weir.linux.Linux;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Keeps the kernel's side open: programs of the objects that are installed, the mirror of the
 * tables in their maps, and the collection of flows that are over. What cannot be opened is tried
 * again, and what was in force stays so meanwhile.
 */
@Component(
    immediate = true,
    service = {Uninstaller.class, KernelCheck.class})
public final class DatapathComponent implements Uninstaller, KernelCheck {
  static final Setting<Boolean> ENABLE_TCX =
      Setting.flag(
          "enable-tcx",
          true,
          "Whether programs are attached to interfaces by tcx where the kernel has it (6.6); by"
              + " clsact otherwise.");

  static final Setting<Integer> COLLECT_EVERY =
      Setting.number(
          "flow-collect-interval",
          30,
          1,
          3600,
          "Seconds between two walks of the maps of flows, in which what is over is taken away.");

  private static final Setting<?>[] SETTINGS =
      Stream.of(
              new Setting<?>[] {ENABLE_TCX, COLLECT_EVERY},
              FlowTimes.SETTINGS,
              MasqueradeSettings.SETTINGS,
              FlowTableSettings.SETTINGS)
          .flatMap(Stream::of)
          .toArray(Setting<?>[]::new);

  private static final String SELF = "the kernel's programs";

  private final Tables tables;
  private final Linux linux;
  private final Path root;
  private final ObjectBundle objects;
  private final Warnings warnings;
  private final FlowMetrics flowMetrics = new FlowMetrics();
  private final List<ServiceRegistration<?>> services = new ArrayList<>();
  private final Loop loop;
  private final Settings.View settings;

  private Optional<Running> running = Optional.empty();
  private Optional<Boolean> tcx = Optional.empty();
  private boolean objectsChanged;
  private boolean removed;
  private Set<Integer> clsact = Set.of();
  private long collectAt;

  /** What was opened together; {@code way} and {@code ticks} are what it was opened with. */
  private record Running(
      PinnedKernel kernel,
      Datapath datapath,
      FlowCollector collector,
      Exhaustion exhaustion,
      Interfaces.Way way,
      int ticks) {
    void close() {
      datapath.close();
      kernel.close();
    }
  }

  @Activate
  public DatapathComponent(
      BundleContext context,
      @Reference Tables tables,
      @Reference StateFiles files,
      @Reference Settings declared,
      @Reference Linux linux) {
    this.tables = tables;
    this.linux = linux;
    root = files.places().bpffs();
    warnings =
        new Warnings(tables.table(WeirTables.SOURCE_PROBLEMS).write(Owner.of(Datapath.NAME)));
    synchronized (this) { // a step waits until loop and settings are known
      loop = tables.loop(Datapath.NAME + ".programs", List.of(), this::step);
      settings = declared.declare(Datapath.NAME, this::settingsChanged, SETTINGS);
      objects = new ObjectBundle(context, this::objectsChanged);
    }
    for (Metric metric : flowMetrics.metrics()) {
      services.add(context.registerService(Metric.class, metric, null));
    }
    services.add(
        context.registerService(
            SocketHandler.class,
            new ConntrackHandler(tables, linux.bpf(), root, flowMetrics::flushed),
            null));
  }

  private synchronized void settingsChanged() {
    running.ifPresent(now -> now.datapath().wake());
    loop.wake();
  }

  private synchronized void objectsChanged() {
    objectsChanged = true;
    loop.wake();
  }

  private synchronized void step(Inputs inputs) {
    if (removed) {
      return;
    }
    Interfaces.Way way = way();
    if (objectsChanged || running.isPresent() && running.get().way() != way) {
      closeRunning();
    }
    if (running.isEmpty()) {
      objectsChanged = false;
      running = Optional.of(open(way));
      collectAt = System.nanoTime() + collectEvery().toNanos();
    }
    resize(running.get());
    collect(running.get());
  }

  private Interfaces.Way way() {
    return settings.get(ENABLE_TCX) && kernelHasTcx() ? Interfaces.Way.TCX : Interfaces.Way.CLSACT;
  }

  /** Where there is no memory for another table, the one in force stays; it is tried again. */
  private void resize(Running now) {
    for (FlowFamily family : FlowFamily.BOTH) {
      Setting<Integer> size = FlowTableSettings.of(family);
      try {
        now.kernel().resize(family, settings.get(size));
        warnings.refused(size.key(), Optional.empty());
      } catch (ProblemException e) {
        warnings.refused(size.key(), Optional.of(e.problem()));
      }
    }
  }

  /** Asked once: to find out loads programs. */
  private boolean kernelHasTcx() {
    if (tcx.isEmpty()) {
      tcx = Optional.of(linux.kernel().has("tcx"));
    }
    return tcx.get();
  }

  private Running open(Interfaces.Way way) {
    try {
      PinnedKernel kernel = new PinnedKernel(linux, root, objects, way);
      int ticks = kernel.ticksPerSecond();
      Datapath datapath =
          new Datapath(
              tables,
              kernel,
              () -> FlowTimes.of(ticks, settings),
              () -> MasqueradeSettings.of(settings));
      kernel.lost().forEach(lost -> warnings.warned(lost.where(), Optional.of(lost)));
      warnings.refused(SELF, Optional.empty());
      return new Running(
          kernel,
          datapath,
          new FlowCollector(kernel, kernel::tellEnded),
          new Exhaustion(kernel),
          way,
          ticks);
    } catch (ProblemException e) {
      warnings.refused(SELF, Optional.of(e.problem()));
      throw e;
    }
  }

  private void collect(Running now) {
    if (System.nanoTime() - collectAt >= 0) {
      for (FlowFamily family : FlowFamily.BOTH) {
        collect(now, family);
      }
      watchPorts(now);
      collectAt = System.nanoTime() + collectEvery().toNanos();
    }
    loop.wakeAfter(collectEvery());
  }

  private void collect(Running now, FlowFamily family) {
    FlowTimes times = FlowTimes.of(now.ticks(), settings);
    FlowPressure.Table table =
        flowMetrics.add(family, now.collector().collect(family, times, now.kernel().ticks().now()));
    Optional<Problem> pressure = Optional.empty();
    if (table.pressed()) {
      BpfMap flows = now.kernel().map(family.flows());
      pressure = Optional.of(FlowPressure.problem(table, flows, PodNames.of(tables)));
    }
    warnings.warned("flow table " + family, pressure);
  }

  /** Says what is wrong with the ports of masquerade. */
  private void watchPorts(Running now) {
    MasqueradeSettings.Ports ports = settings.get(MasqueradeSettings.PORTS);
    Map<Address, String> pods = PodNames.byAddress(tables);
    warnings.warned(
        "masquerade",
        now.exhaustion().look(ports, pod -> pods.getOrDefault(pod, pod.toString())).stream()
            .findFirst());
    warnings.warned(
        MasqueradeSettings.PORTS.key(),
        MasqueradeSettings.overlap(ports, linux.sysctls().read("net/ipv4/ip_local_port_range")));
  }

  private Duration collectEvery() {
    return Duration.ofSeconds(settings.get(COLLECT_EVERY));
  }

  private void closeRunning() {
    running.ifPresent(Running::close);
    running = Optional.empty();
  }

  @Override
  public synchronized List<Difference> differences() {
    Running now =
        running.orElseThrow(
            () ->
                Problem.of(SELF, "what is pinned below " + root + " opened", "not yet")
                    .remedy("see weir status")
                    .asException());
    FlowTimes times = FlowTimes.of(now.ticks(), settings);
    WantedMaps wanted = WantedMaps.of(tables, times, MasqueradeSettings.of(settings));
    return now.kernel().differences(linux.bpf(), wanted);
  }

  /** As at a start: what is pinned is adopted, and what differs from the tables is changed. */
  @Override
  public synchronized void repair() {
    if (!removed) {
      closeRunning();
      running = Optional.of(open(way()));
      running.get().datapath().decideAnew();
    }
  }

  @Override
  public String what() {
    return "eBPF programs, maps and links below " + root;
  }

  @Override
  public synchronized void uninstall() {
    removed = true;
    closeRunning();
    clsact = PinnedKernel.remove(linux, root);
  }

  @Override
  public synchronized List<Problem> left() {
    return clsact.stream()
        .map(
            ifindex ->
                Problem.of("the empty qdisc clsact of ifindex " + ifindex, "others may use it")
                    .remedy("ip link names it; tc qdisc del dev NAME clsact takes it away"))
        .toList();
  }

  @Override
  public int order() {
    return 50;
  }

  @Deactivate
  public void stop() {
    objects.close();
    loop.close();
    settings.close();
    services.forEach(ServiceRegistration::unregister);
    synchronized (this) {
      closeRunning();
    }
    warnings.close();
  }
}
