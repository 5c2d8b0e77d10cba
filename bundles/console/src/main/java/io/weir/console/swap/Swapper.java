package io.weir.console.swap;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.console.command.Bundles;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/** Swaps one bundle or a whole release, one swap at a time. */
public final class Swapper {
  /** A property of the JVM, so that it also holds between bundles of one and the next version. */
  private static final String UNDER_WAY = "weir.swap";

  private static final Duration WATCH = Duration.ofSeconds(30);
  private static final Duration WATCH_OF_MANY = Duration.ofSeconds(5);

  /**
   * What is asked for.
   *
   * @param bundle empty for a whole release
   * @param place where the jar is, or the directory of jars
   * @param here where relative paths begin
   * @param watch how long to watch after each, where it was said
   * @param dry only to be shown
   */
  public record Request(
      Optional<String> bundle, String place, Path here, Optional<Duration> watch, boolean dry) {}

  private final SwapEngine engine;
  private final Bundles bundles;
  private final Jars jars;
  private final SwapBook book;
  private final Changes changes;

  private Swapper(SwapEngine engine, Bundles bundles, Jars jars, SwapBook book, Changes changes) {
    this.engine = engine;
    this.bundles = bundles;
    this.jars = jars;
    this.book = book;
    this.changes = changes;
  }

  /** One for the engine that this bundle is in; it works on while the bundle is replaced. */
  public static Swapper open(Changes changes) {
    BundleContext own = FrameworkUtil.getBundle(Swapper.class).getBundleContext();
    BundleContext system = own.getBundle(0).getBundleContext();
    ServiceReference<ServiceComponentRuntime> components =
        system.getServiceReference(ServiceComponentRuntime.class);
    Bundles bundles = new Bundles(system, system.getService(components));
    return new Swapper(
        new OsgiEngine(system, bundles),
        bundles,
        new Jars(Path.of(System.getProperty("karaf.home"), "system/io/weir")),
        SwapBook.open(),
        changes);
  }

  public static boolean underWay() {
    return System.getProperty(UNDER_WAY) != null;
  }

  /**
   * Does it.
   *
   * @param say takes a sentence on each stage, and on what failed
   * @return what became of it; incomplete where something failed
   */
  public Listing run(Request request, Consumer<String> say) throws InterruptedException {
    String what = request.bundle().orElse("a release from " + request.place());
    Object other = System.getProperties().putIfAbsent(UNDER_WAY, what);
    if (other != null) {
      throw Problem.of("swap " + what, "no other swap under way", "that of " + other)
          .remedy("wait for its end")
          .asException();
    }
    try {
      Generation.load();
      return swap(request, say);
    } finally {
      System.getProperties().remove(UNDER_WAY);
    }
  }

  private Listing swap(Request request, Consumer<String> say) throws InterruptedException {
    List<List<String>> groups = groups(request, say);
    Listing.Builder listing =
        Listing.of("bundle", "from", "to", "affected", "result", "millis", "writes", "why");
    Duration watch = request.watch().orElse(request.bundle().isPresent() ? WATCH : WATCH_OF_MANY);
    int done = 0;
    for (List<String> group : groups) {
      SwapPlan plan = plan(group, request);
      say.accept(plan.sentence());
      if (request.dry()) {
        add(listing, plan, "not done", "", "", "");
        continue;
      }
      Swap.Outcome outcome = new Swap(engine, plan, book.directory(), changes, say).run(watch);
      if (outcome instanceof Swap.Outcome.Done figures) {
        long writes = figures.writes().values().stream().mapToLong(Long::longValue).sum();
        note(plan, "done");
        add(listing, plan, "done", figures.took().toMillis(), writes, "");
        done++;
        continue;
      }
      boolean back = outcome instanceof Swap.Outcome.RolledBack;
      Problem problem =
          outcome instanceof Swap.Outcome.RolledBack rolled
              ? rolled.problem()
              : ((Swap.Outcome.Stuck) outcome).problem();
      String result = back ? "rolled back" : "failed";
      note(plan, result);
      add(listing, plan, result, "", "", problem.sentence());
      say.accept(problem.sentence());
      if (groups.size() > 1) {
        say.accept(
            "swap: stopped after %s of %s steps; those before it stay in force"
                .formatted(done, groups.size()));
      }
      return listing.incomplete().build();
    }
    return listing.build();
  }

  private List<List<String>> groups(Request request, Consumer<String> say) {
    if (request.bundle().isPresent()) {
      return List.of(List.of(bundles.named(request.bundle().get()).getSymbolicName()));
    }
    Path directory = request.here().resolve(request.place());
    Map<String, Path> found = new TreeMap<>(Jars.all(directory));
    Set<String> installed =
        bundles.all().stream().map(Bundle::getSymbolicName).collect(Collectors.toSet());
    Set<String> others = new HashSet<>(found.keySet());
    others.removeAll(installed);
    others.forEach(other -> say.accept(other + ": not installed here, left alone"));
    found.keySet().retainAll(installed);
    if (found.isEmpty()) {
      throw Problem.of(directory.toString(), "jars of Weir's bundles", "none").asException();
    }
    return Release.order(found.keySet());
  }

  private SwapPlan plan(List<String> group, Request request) {
    List<SwapPlan.Part> parts = new ArrayList<>();
    for (String name : group) {
      Path jar = book.directory().resolve(name + ".new.jar");
      Jars.Identity came = jars.fetch(name, request.place(), request.here(), jar);
      parts.add(new SwapPlan.Part(name, Bundles.version(bundles.named(name)), came.version(), jar));
    }
    return SwapPlan.of(parts, engine);
  }

  private void note(SwapPlan plan, String result) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    for (SwapPlan.Part part : plan.parts()) {
      book.write(part.bundle(), new SwapBook.Entry(now, part.from(), part.to(), result));
    }
  }

  private static void add(
      Listing.Builder listing,
      SwapPlan plan,
      String result,
      Object millis,
      Object writes,
      String why) {
    for (SwapPlan.Part part : plan.parts()) {
      listing.row(
          part.bundle(),
          part.from(),
          part.to(),
          List.copyOf(plan.affected()),
          result,
          millis,
          writes,
          why);
    }
  }
}
