package io.weir.console;

import io.weir.api.Descriptors;
import io.weir.api.Handover;
import io.weir.api.ProblemException;
import io.weir.api.Settings;
import io.weir.api.SocketHandler;
import io.weir.api.StateFiles.Places;
import io.weir.console.command.BundleVerbs;
import io.weir.console.swap.Changes;
import io.weir.console.swap.Swapper;
import io.weir.linux.EngineLock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code weir.sock}. It needs nothing of the engine but the shell, so that it answers, and
 * says what is wrong, while the rest has not come up. Beside another engine of its name it serves
 * nothing.
 */
@Component(immediate = true)
public final class Console {
  private static final Logger LOG = LoggerFactory.getLogger(Console.class);

  private static final String NAME = "io.weir.console";

  /** {@code HOLD_SOCKET} of holder.h. */
  private static final String PARCEL = "io.weir.console/weir.sock";

  /** Said to a successor: somebody outside of this process has the socket too. */
  private static final byte[] KEPT = {1};

  private static final Duration MOST_DRAIN = Duration.ofSeconds(30);

  /** Who swaps this bundle waits for the answer, which comes when it has been watched. */
  private static final Duration MOST_DRAIN_OF_SWAP = Duration.ofHours(1);

  private final BundleContext context;
  private final Places places = Places.here();
  private final BundleReplacements replacements;
  private final Dispatcher dispatcher;
  private final ConsoleThreads threads = new ConsoleThreads();
  private final Audit audit = new Audit();

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

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile Descriptors descriptors;

  /** Absent while there are no settings: then the shell is there, to find out why. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile ShellSwitch shellSwitch;

  private final List<SocketHandler> own;
  private Listener listener;
  private boolean kept;
  private Settings.View view;

  @Activate
  public Console(BundleContext context, @Reference SessionFactory sessions) {
    this.context = context;
    Changes changes = new Changes();
    Commands commands = new Commands(sessions, places.node());
    own =
        List.of(
            new ShellHandler(sessions, this::shellWanted),
            new SwapHandler(() -> Swapper.open(changes)),
            new BundleHandler(() -> BundleVerbs.open(changes)));
    replacements = new BundleReplacements(context);
    dispatcher = new Dispatcher(this::handlers, commands, audit, replacements, changes);
  }

  private boolean shellWanted() {
    ShellSwitch now = shellSwitch;
    return now == null || now.on();
  }

  private Collection<SocketHandler> handlers() {
    List<SocketHandler> all = new ArrayList<>(handlers);
    all.addAll(own);
    return all;
  }

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY,
      unbind = "withoutSettings")
  void settings(Settings found) {
    Settings.View declared = found.declare(NAME, this::access, SocketAccess.GROUP);
    synchronized (this) {
      view = declared;
    }
    access();
  }

  /** The group that has the socket goes on having it: settings may be replaced. */
  void withoutSettings(Settings gone) {
    Settings.View left;
    synchronized (this) {
      left = view;
      view = null;
    }
    if (left != null) {
      left.close();
    }
  }

  /** As the setting has it; until settings are there, as the socket was. */
  private synchronized void access() {
    if (listener != null && view != null) {
      try {
        listener.access(view.get(SocketAccess.GROUP));
      } catch (ProblemException e) {
        LOG.warn("who may call stays as it was: {}", e.getMessage());
      }
    }
  }

  @Activate
  synchronized void open() {
    EngineLock.hold(places);
    context.addBundleListener(replacements); // it goes with this bundle
    Path socket = places.run().resolve("weir.sock");
    Handover shelf = handover;
    Optional<Handover.Parcel> parcel =
        shelf == null ? Handover.takeLeft(PARCEL) : shelf.take(PARCEL);
    if (parcel.isPresent() && Listener.reachable(socket, parcel.get().descriptors().get(0))) {
      listener =
          Listener.adopt(socket, parcel.get().descriptors().get(0), this::answer, audit::refused);
      kept = Arrays.equals(parcel.get().state(), KEPT);
    } else {
      listener = Listener.open(socket, this::answer, audit::refused);
      kept = shelf != null && keep(shelf);
    }
    access();
    tellThatItAnswers();
  }

  /** The service manager may go on with what needs the engine: it takes calls from now on. */
  private void tellThatItAnswers() {
    Descriptors told = descriptors;
    try {
      if (told != null) {
        told.tell("READY=1");
      }
    } catch (ProblemException e) {
      LOG.warn("the service manager was not told: {}", e.getMessage());
    }
  }

  /** So that callers wait in the queue of the socket, should this process be killed. */
  private boolean keep(Handover shelf) {
    try {
      return shelf.keep(PARCEL, List.of(listener.descriptor()), KEPT);
    } catch (ProblemException e) {
      LOG.warn("while no engine runs, callers will be refused: {}", e.getMessage());
      return false;
    }
  }

  private void answer(Call call) {
    threads.run(call, () -> dispatcher.answer(call));
  }

  @Deactivate
  synchronized void close() {
    replacements.leave();
    Handover shelf = handover;
    boolean engineStops = context.getBundle(0).getState() == Bundle.STOPPING;
    if (engineStops && kept) {
      listener.leave(); // whoever stops the engine on purpose has the socket closed too
    } else if (engineStops) {
      listener.close();
    } else {
      Duration most = Swapper.underWay() ? MOST_DRAIN_OF_SWAP : MOST_DRAIN;
      List<Integer> socket = List.of(listener.retire(most));
      byte[] state = kept ? KEPT : new byte[0];
      if (shelf == null) { // all of Java's part restarts
        Handover.leave(PARCEL, socket, state);
      } else {
        shelf.park(PARCEL, socket, state);
      }
    }
    threads.retire();
  }
}
