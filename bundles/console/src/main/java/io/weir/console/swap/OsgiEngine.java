package io.weir.console.swap;

import io.weir.api.Problem;
import io.weir.console.command.Bundles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * The container. Everything goes by the system bundle's context, which stays when the bundle of
 * this class is replaced.
 */
final class OsgiEngine implements SwapEngine {
  private static final String MANIFEST = "META-INF/MANIFEST.MF";
  private static final long REFRESH_SECONDS = 60;

  private final BundleContext context;
  private final Bundles bundles;

  OsgiEngine(BundleContext context, Bundles bundles) {
    this.context = context;
    this.bundles = bundles;
  }

  @Override
  public Set<String> closure(Set<String> names) {
    Set<Bundle> targets = names.stream().map(bundles::named).collect(Collectors.toSet());
    return wiring().getDependencyClosure(targets).stream()
        .map(Bundle::getSymbolicName)
        .collect(Collectors.toSet());
  }

  private FrameworkWiring wiring() {
    return context.getBundle().adapt(FrameworkWiring.class);
  }

  /** Written anew from its entries: where the container keeps its jars is its own affair. */
  @Override
  public void keep(String name, Path to) {
    Bundle bundle = bundles.named(name);
    try {
      Files.createDirectories(to.getParent());
      try (ZipOutputStream jar = new ZipOutputStream(Files.newOutputStream(to))) {
        copy(bundle, MANIFEST, jar);
        copyAll(bundle, "/", jar);
      }
    } catch (IOException e) {
      throw Problem.of(to.toString(), "a copy of " + name, e.getMessage())
          .remedy("nothing was touched")
          .asException();
    }
  }

  private static void copyAll(Bundle bundle, String directory, ZipOutputStream jar)
      throws IOException {
    Enumeration<String> paths = bundle.getEntryPaths(directory);
    if (paths == null) {
      return;
    }
    for (String path : Collections.list(paths)) {
      if (path.endsWith("/")) {
        copyAll(bundle, path, jar);
      } else if (!path.equals(MANIFEST)) {
        copy(bundle, path, jar);
      }
    }
  }

  private static void copy(Bundle bundle, String path, ZipOutputStream jar) throws IOException {
    URL entry = bundle.getEntry(path);
    if (entry == null) {
      throw new IOException(path + " is not there");
    }
    jar.putNextEntry(new ZipEntry(path));
    try (InputStream in = entry.openStream()) {
      in.transferTo(jar);
    }
    jar.closeEntry();
  }

  @Override
  public void replace(Map<String, Path> jars, boolean together) {
    List<Bundle> targets = jars.keySet().stream().map(bundles::named).toList();
    try {
      if (together) {
        for (Bundle target : targets) {
          target.stop(Bundle.STOP_TRANSIENT);
        }
      }
      for (Bundle target : targets) {
        try (InputStream jar = Files.newInputStream(jars.get(target.getSymbolicName()))) {
          target.update(jar);
        }
      }
      if (wiring().getDependencyClosure(targets).size() > targets.size()) {
        refresh(targets);
      }
      for (Bundle target : targets) {
        // Also one that update could not start: it says why only to those who start it themselves.
        if (target.adapt(BundleStartLevel.class).isPersistentlyStarted()) {
          target.start();
        }
      }
    } catch (BundleException | IOException e) {
      throw Problem.of(
              String.join(", ", jars.keySet()), "a bundle that resolves and starts here", text(e))
          .asException();
    }
  }

  private static String text(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private void refresh(Collection<Bundle> targets) {
    CountDownLatch refreshed = new CountDownLatch(1);
    wiring().refreshBundles(targets, event -> refreshed.countDown());
    try {
      if (!refreshed.await(REFRESH_SECONDS, TimeUnit.SECONDS)) {
        throw Problem.of("the container", "new wires within " + REFRESH_SECONDS + " s", "none")
            .asException();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void restart(String name) {
    Bundle bundle = bundles.named(name);
    try {
      bundle.stop(Bundle.STOP_TRANSIENT);
      bundle.start();
    } catch (BundleException e) {
      throw Problem.of(name, "a bundle that starts again", text(e)).asException();
    }
  }

  @Override
  public Look look() {
    List<String> faults = new ArrayList<>();
    Set<String> hopeless = new HashSet<>();
    for (Bundle bundle : bundles.all()) {
      String name = bundle.getSymbolicName() + ": ";
      bundles.faults(bundle).forEach(fault -> faults.add(name + fault));
      bundles.hopeless(bundle).forEach(fault -> hopeless.add(name + fault));
    }
    Map<?, ?> tables = tables();
    ((Collection<?>) tables.get(Health.FAULTS)).forEach(fault -> faults.add((String) fault));
    Map<String, Long> writes = new java.util.TreeMap<>();
    ((Map<?, ?>) tables.get(Health.WRITES))
        .forEach((map, count) -> writes.put((String) map, (Long) count));
    return new Look(faults, hopeless, writes);
  }

  @SuppressWarnings("rawtypes")
  private Map<?, ?> tables() {
    try {
      for (ServiceReference<Callable> reference :
          context.getServiceReferences(Callable.class, "(" + Health.PROPERTY + ")")) {
        Callable<?> health = context.getService(reference);
        if (health != null) {
          return (Map<?, ?>) health.call();
        }
      }
      return silent("io.weir.console: nobody tells the state of tables");
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    } catch (Exception e) { // it may be stopped while it answers
      return silent("io.weir.console: the state of tables is not told: " + text(e));
    }
  }

  private static Map<String, ?> silent(String fault) {
    return Map.of(Health.FAULTS, List.of(fault), Health.WRITES, Map.of());
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public void pause(long millis) throws InterruptedException {
    Thread.sleep(millis);
  }
}
