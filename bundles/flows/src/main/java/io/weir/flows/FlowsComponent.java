package io.weir.flows;

import io.weir.api.Clock;
import io.weir.api.Handover;
import io.weir.api.Metric;
import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.api.StateFiles;
import io.weir.api.table.Tables;
import io.weir.linux.Linux;
import java.security.SecureRandom;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Reads the ring, keeps the last flows, and answers {@code weir flows}. */
@Component(immediate = true, service = SocketHandler.class)
public final class FlowsComponent implements SocketHandler {
  private static final String NAME = "io.weir.flows";
  private static final String TALLY = NAME + "/tally";
  private static final int MISUSED = 2;

  static final Setting<Integer> CAPACITY =
      Setting.number(
          "hubble-event-buffer-capacity",
          4095,
          1,
          65535,
          "How many flows are kept in memory for weir flows.");

  private final Clock clock;
  private final Handover handover;
  private final String node;
  private final LossWatch losses;
  private final FlowBuffer buffer;
  private final Tally tally;
  private final Settings.View settings;
  private final NamesFeed feed;
  private final FlowReader reader;
  private final FlowJson json;
  private final List<ServiceRegistration<Metric>> metrics = new ArrayList<>();

  /** Starts reading where the last reader stopped. */
  @Activate
  public FlowsComponent(
      BundleContext context,
      @Reference Tables tables,
      @Reference StateFiles files,
      @Reference Settings declared,
      @Reference Clock clock,
      @Reference Handover handover,
      @Reference Linux linux) {
    this.clock = clock;
    this.handover = handover;
    buffer = new FlowBuffer(Integer.parseInt(CAPACITY.defaultText()), clock);
    node = files.places().node();
    json = new FlowJson(node, new SecureRandom().nextLong());
    losses = LossWatch.decode(parked(NAME));
    tally = Tally.decode(parked(TALLY));
    synchronized (this) { // a change waits until the view is known
      settings = declared.declare(NAME, this::settingsChanged, CAPACITY);
    }
    settingsChanged();
    Names names = new Names();
    EventMaps maps = new EventMaps(linux.bpf(), files.places().bpffs());
    feed = new NamesFeed(NAME, tables, names, clock);
    reader = new FlowReader(linux.rings(), maps, names, buffer, tally, losses, clock);
    reader.start(feed::await);
    for (Metric metric : FlowMetrics.of(tally, maps)) {
      metrics.add(context.registerService(Metric.class, metric, null));
    }
  }

  private byte[] parked(String name) {
    return handover.take(name).map(Handover.Parcel::state).orElse(new byte[0]);
  }

  private synchronized void settingsChanged() {
    buffer.resize(settings.get(CAPACITY));
  }

  @Override
  public String verb() {
    return "flows";
  }

  @Override
  public Help help() {
    return new Help(Query.USAGE, "Shows flows and drops, the last ones or as they come.");
  }

  @Override
  public int handle(SocketCall call) throws InterruptedException {
    try {
      Query query = Query.parse(call.arguments(), clock.wall(clock.monotonicNanos()));
      CompactText text = new CompactText(ZoneId.systemDefault());
      Function<Seen, String> shown = query.json() ? json::line : text::line;
      return new Streams(buffer, tally).answer(query, call, shown);
    } catch (Misuse e) {
      call.err().println("weir flows: " + e.getMessage());
      call.err().println("usage: weir " + help().usage());
      return MISUSED;
    }
  }

  /** The ring keeps its position, and what comes meanwhile; the flows that were kept go. */
  @Deactivate
  public void stop() {
    metrics.forEach(ServiceRegistration::unregister);
    settings.close();
    reader.close();
    feed.close();
    buffer.close();
    handover.park(NAME, List.of(), losses.encode());
    handover.park(TALLY, List.of(), tally.encode());
  }
}
