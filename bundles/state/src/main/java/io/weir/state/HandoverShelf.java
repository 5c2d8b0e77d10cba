package io.weir.state;

import io.weir.api.Descriptors;
import io.weir.api.Handover;
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
 * Keeps parcels of descriptors for a minute. What has to be closed while nobody is there who can
 * close it waits until somebody is.
 */
@Component(service = Handover.class, immediate = true)
public final class HandoverShelf implements Handover {
  private static final Logger LOG = LoggerFactory.getLogger(HandoverShelf.class);
  private static final Duration KEPT = Duration.ofMinutes(1);

  private final Map<String, Parcel> parcels = new HashMap<>();
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
    this(KEPT);
  }

  HandoverShelf(Duration kept) {
    this.kept = kept;
  }

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      unbind = "withoutCloser")
  synchronized void closer(Descriptors found) {
    closer = found;
    closeAll(List.of());
  }

  synchronized void withoutCloser(Descriptors gone) {
    if (closer == gone) {
      closer = null;
    }
  }

  @Override
  public synchronized void park(String name, List<Integer> descriptors, byte[] state) {
    Parcel parcel = new Parcel(List.copyOf(descriptors), state.clone());
    Parcel before = parcels.put(name, parcel);
    if (before != null) {
      closeAll(before.descriptors());
    }
    timer.schedule(() -> expire(name, parcel), kept.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public synchronized Optional<Parcel> take(String name) {
    return Optional.ofNullable(parcels.remove(name));
  }

  @Deactivate
  synchronized void stop() {
    timer.shutdownNow();
    parcels.values().forEach(parcel -> closeAll(parcel.descriptors()));
    parcels.clear();
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
