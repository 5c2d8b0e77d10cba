package io.weir.console;

import io.weir.api.Handover;
import io.weir.api.SocketHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * Serves {@code weir.sock}. It needs nothing of the engine but the shell, so that it answers, and
 * says what is wrong, while the rest has not come up.
 */
@Component(immediate = true)
public final class Console {
  private static final String PARCEL = "io.weir.console/weir.sock";
  private static final Duration MOST_DRAIN = Duration.ofSeconds(30);

  private final BundleContext context;
  private final Dispatcher dispatcher;
  private final ConsoleThreads threads = new ConsoleThreads();

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile List<SocketHandler> handlers = List.of();

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile Handover handover;

  private final SocketHandler shell;
  private Listener listener;

  @Activate
  public Console(BundleContext context, @Reference SessionFactory sessions) {
    this.context = context;
    Commands commands = new Commands(sessions, System.getProperty("weir.node", "?"));
    shell = new ShellHandler(sessions);
    dispatcher = new Dispatcher(this::handlers, commands);
  }

  private Collection<SocketHandler> handlers() {
    List<SocketHandler> all = new ArrayList<>(handlers);
    all.add(shell);
    return all;
  }

  @Activate
  void open() {
    Path socket = Path.of(System.getProperty("weir.run"), "weir.sock");
    Optional<Handover.Parcel> parcel =
        Optional.ofNullable(handover).flatMap(shelf -> shelf.take(PARCEL));
    listener =
        parcel.isPresent()
            ? Listener.adopt(socket, parcel.get().descriptors().get(0), this::answer)
            : Listener.open(socket, this::answer);
  }

  private void answer(Call call) {
    threads.run(() -> dispatcher.answer(call));
  }

  @Deactivate
  void close() {
    Handover shelf = handover;
    boolean engineStops = context.getBundle(0).getState() == Bundle.STOPPING;
    if (shelf == null || engineStops) {
      listener.close();
    } else {
      shelf.park(PARCEL, List.of(listener.retire(MOST_DRAIN)), new byte[0]);
    }
    threads.retire();
  }
}
