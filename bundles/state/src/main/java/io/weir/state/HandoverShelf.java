package io.weir.state;

import io.weir.api.Descriptors;
import io.weir.api.Handover;
import io.weir.api.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps parcels of descriptors for a minute: those that were parked, and at the start of the
 * process those that the one before had kept outside. What has to be closed, or kept, while nobody
 * is there who can waits until somebody is.
 */
@Component(service = Handover.class, immediate = true)
public final class HandoverShelf implements Handover {
  private static final Logger LOG = LoggerFactory.getLogger(HandoverShelf.class);
  private static final Duration KEPT = Duration.ofMinutes(1);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Set for the life of the process: what it was born with is handed out once. */
  private static final String INHERITED = "weir.handover.inherited";

  private final Map<String, Parcel> parcels = new HashMap<>();
  private final KeptOutside outside;
  private final Map<String, Parcel> toKeep = new HashMap<>();
  private final List<Integer> toClose = new ArrayList<>();
  private final Duration kept;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, SettingsService.BUNDLE + ".handover");
            thread.setDaemon(true);
            return thread;
          });
  private Descriptors closer;

  @Activate
  public HandoverShelf() {
    this(KEPT, KeptOutside.here(), inherited());
    Optional<HolderProcess> holder = HolderProcess.here();
    holder.ifPresent(
        found ->
            timer.scheduleWithFixedDelay(
                () -> lookAfter(found), LOOK.toNanos(), LOOK.toNanos(), TimeUnit.NANOSECONDS));
  }

  HandoverShelf(Duration kept, KeptOutside outside, KeptNames.Inherited inherited) {
    this.kept = kept;
    this.outside = outside;
    toClose.addAll(inherited.toClose());
    outside.forgetLater(inherited.broken());
    inherited
        .parcels()
        .forEach(
            (edition, parcel) -> {
              outside.add(edition, parcel);
              shelve(edition.name(), parcel);
            });
    for (String property : System.getProperties().stringPropertyNames()) {
      if (property.startsWith(LEFT)) {
        String name = property.substring(LEFT.length());
        Handover.takeLeft(name).ifPresent(parcel -> shelve(name, parcel));
      }
    }
  }

  /** Where the holder has died, another one is told all that is kept. */
  synchronized void lookAfter(HolderProcess holder) {
    if (holder.lives()) {
      return;
    }
    try {
      holder.again();
      outside.storeAll(closer);
      LOG.warn("hand-over: weir-holder has died; another one has been started, and told all");
    } catch (ProblemException e) {
      LOG.warn("hand-over: weir-holder has died: {}", e.getMessage());
    }
  }

  private static KeptNames.Inherited inherited() {
    if (System.setProperty(INHERITED, "") != null) {
      return KeptNames.Inherited.NOTHING;
    }
    return KeptNames.inherited(
        System.getenv(), ProcessHandle.current().pid(), HandoverShelf::content);
  }

  private static byte[] content(int descriptor) {
    try {
      return Files.readAllBytes(Path.of("/proc/self/fd/" + descriptor));
    } catch (IOException e) {
      LOG.warn("hand-over: the record of descriptor {}: {}", descriptor, e.getMessage());
      return new byte[0];
    }
  }

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      unbind = "withoutCloser")
  public synchronized void closer(Descriptors found) {
    closer = found;
    closeAll(List.of());
    outside.forgetNow(found);
    Map<String, Parcel> waiting = Map.copyOf(toKeep);
    toKeep.clear();
    waiting.forEach(
        (name, parcel) -> {
          try {
            outside.store(found, name, parcel);
          } catch (ProblemException e) {
            LOG.warn("hand-over {}: not kept: {}", name, e.getMessage());
          }
        });
  }

  public synchronized void withoutCloser(Descriptors gone) {
    if (closer == gone) {
      closer = null;
    }
  }

  @Override
  public synchronized void park(String name, List<Integer> descriptors, byte[] state) {
    shelve(name, new Parcel(List.copyOf(descriptors), state.clone()));
  }

  private synchronized void shelve(String name, Parcel parcel) {
    Parcel before = parcels.put(name, parcel);
    if (before != null) {
      closeAll(before.descriptors());
    }
    timer.schedule(() -> expire(name, parcel), kept.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public synchronized Optional<Parcel> take(String name) {
    return Optional.ofNullable(parcels.remove(name)).or(() -> Handover.takeLeft(name));
  }

  @Override
  public synchronized boolean keep(String name, List<Integer> descriptors, byte[] state) {
    if (!outside.somebody()) {
      return false;
    }
    Parcel parcel = new Parcel(List.copyOf(descriptors), state.clone());
    outside.check(name, parcel);
    if (closer == null) {
      toKeep.put(name, parcel);
      return true;
    }
    return outside.store(closer, name, parcel);
  }

  @Override
  public synchronized void forget(String name) {
    toKeep.remove(name);
    outside.forget(name);
    outside.forgetNow(closer);
  }

  /** What nobody has taken is the next shelf's: this one may go because all of Java restarts. */
  @Deactivate
  synchronized void stop() {
    timer.shutdownNow();
    parcels.forEach((name, parcel) -> Handover.leave(name, parcel.descriptors(), parcel.state()));
    parcels.clear();
    outside.leave();
  }

  private synchronized void expire(String name, Parcel parcel) {
    if (parcels.get(name) == parcel) {
      parcels.remove(name);
      LOG.warn(
          "hand-over {}: nobody has taken its {} descriptors for {} s; they are closed",
          name,
          parcel.descriptors().size(),
          kept.toSeconds());
      closeAll(parcel.descriptors());
      forget(name);
    }
  }

  private void closeAll(List<Integer> descriptors) {
    toClose.addAll(descriptors);
    if (closer != null) {
      toClose.forEach(closer::close);
      toClose.clear();
    }
  }
}
