package io.weir.console;

import io.weir.console.command.Bundles;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;

/**
 * As the container has it: while all of Java restarts, callers meet a console whose neighbours are
 * still to start, or one that is leaving. A bundle that somebody has stopped is not waited for.
 */
final class BundleReplacements implements Replacements, SynchronousBundleListener {
  /** A bundle's commands are there a little later than itself. */
  private static final long NANOS_TO_REGISTER = 1_000_000_000L;

  private final Bundle own;

  /** The container's, which is valid when our own is not any more. */
  private final BundleContext context;

  private volatile long lastStart = System.nanoTime();

  BundleReplacements(BundleContext context) {
    this.own = context.getBundle();
    this.context = context.getBundle(0).getBundleContext();
  }

  @Override
  public void bundleChanged(BundleEvent event) {
    if (event.getType() == BundleEvent.STARTED) {
      lastStart = System.nanoTime();
    }
  }

  @Override
  public boolean left() {
    return (own.getState() & (Bundle.STARTING | Bundle.ACTIVE)) == 0;
  }

  @Override
  public boolean coming() {
    return System.nanoTime() - lastStart < NANOS_TO_REGISTER || starting();
  }

  @Override
  public boolean starting() {
    int level = context.getBundle(0).adapt(FrameworkStartLevel.class).getStartLevel();
    return Stream.of(context.getBundles())
        .anyMatch(bundle -> isToStart(bundle, level) && Bundles.ours(bundle));
  }

  /** Not one of a level that is off, as the shell's may be, nor one that does not resolve. */
  private static boolean isToStart(Bundle bundle, int level) {
    BundleStartLevel own = bundle.adapt(BundleStartLevel.class);
    return (bundle.getState() & (Bundle.RESOLVED | Bundle.STARTING | Bundle.STOPPING)) != 0
        && own.isPersistentlyStarted()
        && own.getStartLevel() <= level;
  }
}
