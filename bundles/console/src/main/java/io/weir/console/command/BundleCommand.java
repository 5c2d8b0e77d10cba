package io.weir.console.command;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.table.Tables;
import io.weir.console.swap.SwapBook;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/** Lists the engine's bundles, and replaces or restarts one while the others work on. */
@Service
@Command(
    scope = "weir",
    name = "bundle",
    description =
        "list | update NAME [URL] | restart NAME | stop NAME | start NAME: the engine's bundles")
public final class BundleCommand implements Action {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long LOOK_MILLIS = 5;

  @Argument(
      name = "WORDS",
      description = "list, update, restart, stop or start; the bundle's name; where its jar is",
      multiValued = true)
  @Completion(
      value = StringsCompleter.class,
      values = {"list", "update", "restart", "stop", "start"})
  private List<String> words = List.of("list");

  @Reference private BundleContext context;
  @Reference private ServiceComponentRuntime components;
  @Reference private Tables tables;

  @Override
  public Object execute() throws Exception {
    Bundles bundles = new Bundles(context, components);
    String verb = words.get(0);
    int most = verb.equals("list") ? 1 : verb.equals("update") ? 3 : 2;
    int least = verb.equals("list") ? 1 : 2;
    if (!Set.of("list", "update", "restart", "stop", "start").contains(verb)
        || words.size() < least
        || words.size() > most) {
      throw Problem.of(
              "bundle",
              "list, update NAME [URL], restart NAME, stop NAME or start NAME",
              '"' + String.join(" ", words) + '"')
          .asException();
    }
    return verb.equals("list")
        ? BundleList.listing(bundles, tables.all(), SwapBook.open()::last)
        : act(bundles, verb);
  }

  private Listing act(Bundles bundles, String verb) throws Exception {
    Bundle bundle = bundles.named(words.get(1));
    long begin = System.nanoTime();
    switch (verb) {
      case "update" -> update(bundle);
      case "restart" -> {
        bundle.stop();
        bundle.start();
      }
      case "stop" -> bundle.stop();
      default -> bundle.start();
    }
    boolean atWork = verb.equals("stop") || awaitWork(bundles, bundle);
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

  private void update(Bundle bundle) throws Exception {
    if (words.size() < 3) {
      again(bundle);
    } else {
      try (InputStream jar = URI.create(words.get(2)).toURL().openStream()) {
        bundle.update(jar);
      } catch (IllegalArgumentException | MalformedURLException e) {
        throw Problem.of(words.get(2), "the URL of a jar", e.getMessage()).asException();
      } catch (BundleException e) {
        throw Problem.of(words.get(2), "a bundle that resolves here", e.getMessage())
            .remedy("the one that was there goes on")
            .asException();
      }
    }
    FrameworkWiring wiring = context.getBundle(0).adapt(FrameworkWiring.class);
    if (wiring.getDependencyClosure(Set.of(bundle)).size() > 1) {
      CountDownLatch refreshed = new CountDownLatch(1);
      wiring.refreshBundles(Set.of(bundle), event -> refreshed.countDown());
      refreshed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** From where it was installed from, also when it was swapped since. */
  private static void again(Bundle bundle) {
    try {
      bundle.update();
    } catch (BundleException e) {
      throw Problem.of(
              bundle.getLocation(),
              "the jar that " + bundle.getSymbolicName() + " was installed from",
              reason(e))
          .remedy("the one that was there goes on; say by a URL where its jar is")
          .asException();
    }
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
  private boolean awaitWork(Bundles bundles, Bundle bundle) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!bundles.faults(bundle).isEmpty()) {
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return tables.settle(PATIENCE);
  }
}
