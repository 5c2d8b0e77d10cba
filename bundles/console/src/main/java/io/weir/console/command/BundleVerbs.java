package io.weir.console.command;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.table.Table;
import io.weir.api.table.Tables;
import io.weir.console.swap.Changes;
import io.weir.console.swap.SwapBook;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/**
 * Lists the engine's bundles, and replaces or restarts one while the others work on. It needs
 * nothing of theirs, so that it works when all of them have been stopped.
 */
public final class BundleVerbs {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long LOOK_MILLIS = 5;
  private static final Set<String> VERBS = Set.of("list", "update", "restart", "stop", "start");

  /** Who answers. */
  private static final String OWN = "io.weir.console";

  private final BundleContext context;
  private final Bundles bundles;
  private final Changes changes;

  private BundleVerbs(BundleContext context, Bundles bundles, Changes changes) {
    this.context = context;
    this.bundles = bundles;
    this.changes = changes;
  }

  /** Those of the engine that this bundle is in. */
  public static BundleVerbs open(Changes changes) {
    BundleContext own = FrameworkUtil.getBundle(BundleVerbs.class).getBundleContext();
    BundleContext system = own.getBundle(0).getBundleContext();
    ServiceReference<ServiceComponentRuntime> components =
        system.getServiceReference(ServiceComponentRuntime.class);
    return new BundleVerbs(system, new Bundles(system, system.getService(components)), changes);
  }

  /**
   * Does it.
   *
   * @param words the verb, the bundle's name, where its jar is; a list where there are none
   * @param say takes a sentence on what is done
   */
  public Listing run(List<String> words, Consumer<String> say) throws InterruptedException {
    String verb = words.isEmpty() ? "list" : words.get(0);
    int most = verb.equals("list") ? 1 : verb.equals("update") ? 3 : 2;
    int least = verb.equals("list") ? 0 : 2;
    if (!VERBS.contains(verb) || words.size() < least || words.size() > most) {
      throw Problem.of(
              "bundle",
              "list, update NAME [URL], restart NAME, stop NAME or start NAME",
              '"' + String.join(" ", words) + '"')
          .asException();
    }
    if (verb.equals("list")) {
      Collection<Table<?, ?>> all = tables().map(Tables::all).orElse(List.of());
      return BundleList.listing(bundles, all, SwapBook.open()::last);
    }
    Bundle bundle = bundles.named(words.get(1));
    if (bundle.getSymbolicName().equals(OWN)) {
      refuseOwn(verb);
    }
    try (Changes.Turn turn = changes.replacement(say)) {
      return act(verb, bundle, words.subList(2, words.size()), say);
    }
  }

  private static void refuseOwn(String verb) {
    if (verb.equals("stop")) {
      throw Problem.of("bundle stop " + OWN, "a bundle that is not the one that answers", OWN)
          .remedy("nobody would be left to start it; weir bundle restart console, or weir stop")
          .asException();
    }
    if (verb.equals("update")) {
      throw Problem.of("bundle update " + OWN, "a bundle that is not the one that answers", OWN)
          .remedy("weir swap console replaces it, and tells what came of it")
          .asException();
    }
  }

  private Optional<Tables> tables() {
    return Optional.ofNullable(context.getServiceReference(Tables.class)).map(context::getService);
  }

  private Listing act(String verb, Bundle bundle, List<String> place, Consumer<String> say)
      throws InterruptedException {
    long begin = System.nanoTime();
    switch (verb) {
      case "update" -> update(bundle, place, say);
      case "restart" -> {
        stop(bundle);
        start(bundle);
      }
      case "stop" -> stop(bundle);
      default -> start(bundle);
    }
    boolean atWork = verb.equals("stop") || awaitWork(bundle);
    Listing.Builder listing = Listing.of("bundle", "version", "state", "millis", "why");
    listing.row(
        bundle.getSymbolicName(),
        Bundles.version(bundle),
        Bundles.state(bundle),
        (System.nanoTime() - begin) / 1_000_000,
        verb.equals("stop") ? "" : String.join("; ", bundles.faults(bundle)));
    if (!atWork) {
      listing.incomplete();
    }
    return listing.build();
  }

  private static void stop(Bundle bundle) {
    try {
      bundle.stop();
    } catch (BundleException e) {
      throw Problem.of(bundle.getSymbolicName(), "a bundle that stops", reason(e)).asException();
    }
  }

  private static void start(Bundle bundle) {
    try {
      bundle.start();
    } catch (BundleException e) {
      throw Problem.of(bundle.getSymbolicName(), "a bundle that resolves and starts", reason(e))
          .remedy("weir swap or weir bundle update replaces it")
          .asException();
    }
  }

  private void update(Bundle bundle, List<String> place, Consumer<String> say)
      throws InterruptedException {
    if (place.isEmpty()) {
      again(bundle, say);
    } else {
      try (InputStream jar = URI.create(place.get(0)).toURL().openStream()) {
        bundle.update(jar);
      } catch (IllegalArgumentException | IOException e) {
        throw Problem.of(place.get(0), "the URL of a jar", String.valueOf(e.getMessage()))
            .remedy("the one that was there goes on")
            .asException();
      } catch (BundleException e) {
        throw Problem.of(place.get(0), "a bundle that resolves here", reason(e))
            .remedy("the one that was there goes on")
            .asException();
      }
    }
    FrameworkWiring wiring = context.getBundle().adapt(FrameworkWiring.class);
    if (wiring.getDependencyClosure(Set.of(bundle)).size() > 1) {
      CountDownLatch refreshed = new CountDownLatch(1);
      wiring.refreshBundles(Set.of(bundle), event -> refreshed.countDown());
      refreshed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** From where it was installed from, also when it was swapped since. */
  private static void again(Bundle bundle, Consumer<String> say) {
    String name = bundle.getSymbolicName();
    String before = Bundles.version(bundle);
    try {
      bundle.update();
    } catch (BundleException e) {
      throw Problem.of(
              bundle.getLocation(), "the jar that " + name + " was installed from", reason(e))
          .remedy("the one that was there goes on; say by a URL where its jar is")
          .asException();
    }
    say.accept(
        "%s: %s -> %s, from %s, which it was installed from%s"
            .formatted(
                name,
                before,
                Bundles.version(bundle),
                bundle.getLocation(),
                SwapBook.open()
                    .last(name)
                    .map(swap -> "; it was swapped " + swap.when() + ", which no longer holds")
                    .orElse("")));
  }

  /** The container's own sentence says only that it failed. */
  private static String reason(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
  }

  /** Until its components are there and what they write has had its effect. */
  private boolean awaitWork(Bundle bundle) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!bundles.faults(bundle).isEmpty()) {
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    Optional<Tables> tables = tables();
    return tables.isEmpty() || tables.get().settle(PATIENCE);
  }
}
