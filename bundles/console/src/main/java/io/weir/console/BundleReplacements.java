package io.weir.console;

import io.weir.console.command.Bundles;
import java.util.function.LongSupplier;
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
  private static final long NANOS_TO_REGISTER = 2_000_000_000L;

  /** Between two bundles that are started together; who does not start is not waited for longer. */
  private static final long NANOS_BETWEEN = 2_000_000_000L;

  private final Bundle own;

  /** The container's, which is valid when our own is not any more. */
  private final BundleContext context;

  private final LongSupplier nanos;
  private volatile long lastEvent;
  private volatile long lastStart;
  private volatile boolean left;

  BundleReplacements(BundleContext context) {
    this(context, System::nanoTime);
  }

  BundleReplacements(BundleContext context, LongSupplier nanos) {
    this.own = context.getBundle();
    this.context = context.getBundle(0).getBundleContext();
    this.nanos = nanos;
    lastEvent = nanos.getAsLong();
    lastStart = lastEvent;
  }

  @Override
  public void bundleChanged(BundleEvent event) {
    lastEvent = nanos.getAsLong();
    if (event.getType() == BundleEvent.STARTED) {
      lastStart = lastEvent;
    }
  }

  /** The next one may be there so soon that nobody has seen this one's bundle stopped. */
  void leave() {
    left = true;
  }

  @Override
  public boolean left() {
    return left || (own.getState() & (Bundle.STARTING | Bundle.ACTIVE)) == 0;
  }

  @Override
  public boolean coming() {
    return nanos.getAsLong() - lastStart < NANOS_TO_REGISTER || someAreToStart();
  }

  @Override
  public boolean starting() {
    return nanos.getAsLong() - lastEvent < NANOS_BETWEEN && someAreToStart();
  }

  private boolean someAreToStart() {
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
