package io.weir.itests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Dictionary;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Uninstalls a bundle and installs it again from inside the engine, as another's bundle may: what
 * stands on none of Weir's can do so with those that all others stand on. The headers of its jar
 * name the bundle, the place of the jar to come, and a file that tells the end.
 */
public final class Reinstaller implements BundleActivator {
  static final String BUNDLE = "Reinstalled-Bundle";
  static final String JAR = "Reinstalled-Jar";
  static final String END = "Reinstalled-End";

  private static final String DONE = "done";

  /** What the file holds when all went well. */
  static boolean isDone(Path end) throws IOException {
    String told = Files.exists(end) ? Files.readString(end) : "";
    if (!told.isEmpty() && !told.equals(DONE)) {
      throw new AssertionError(told);
    }
    return told.equals(DONE);
  }

  @Override
  public void start(BundleContext context) {
    Dictionary<String, String> headers = context.getBundle().getHeaders();
    BundleContext container = context.getBundle(0).getBundleContext();
    Runnable work =
        () -> {
          Path end = Path.of(headers.get(END));
          try {
            reinstall(container, headers.get(BUNDLE), headers.get(JAR));
            tell(end, DONE);
          } catch (Exception e) {
            tell(end, e.toString());
          }
        };
    new Thread(work, "reinstall").start();
  }

  @Override
  public void stop(BundleContext context) {}

  private static void reinstall(BundleContext container, String name, String jar) throws Exception {
    Bundle old =
        Stream.of(container.getBundles())
            .filter(bundle -> name.equals(bundle.getSymbolicName()))
            .findFirst()
            .orElseThrow();
    int level = old.adapt(BundleStartLevel.class).getStartLevel();
    old.uninstall();
    Bundle next = container.installBundle(jar);
    next.adapt(BundleStartLevel.class).setStartLevel(level);
    next.start();
    CountDownLatch refreshed = new CountDownLatch(1);
    container
        .getBundle(0)
        .adapt(FrameworkWiring.class)
        .refreshBundles(
            null,
            event -> {
              if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
              }
            });
    if (!refreshed.await(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("not refreshed within a minute");
    }
  }

  private static void tell(Path end, String told) {
    try {
      Path whole = Files.writeString(Path.of(end + ".part"), told);
      Files.move(whole, end, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
