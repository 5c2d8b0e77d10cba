package io.weir.console.swap;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps calls that change something apart from replacements of bundles: a replacement waits for
 * those under way, and what comes meanwhile waits for its end. Nobody waits for ever: a call that
 * does not end has bundles replaced beneath it, and who calls decides how long it waits. Of two
 * replacements at once, the one that ends first lets calls in.
 */
public final class Changes {
  /** Of a call that may run while bundles are replaced. */
  public static final Turn NONE = () -> {};

  /** A property of the JVM, so that the console that comes by a replacement knows of it, too. */
  private static final String REPLACING = "weir.replacing";

  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final long mostNanos;
  private int underWay;

  /** Of a call, until it is closed; or of a replacement. */
  @FunctionalInterface
  public interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  public Changes() {
    this(MOST_NANOS);
  }

  Changes(long mostNanos) {
    this.mostNanos = mostNanos;
  }

  /** The turn of a call; none while bundles are replaced. */
  public synchronized Optional<Turn> change() {
    return replacing() ? Optional.empty() : Optional.of(changeAnyway());
  }

  /** Whether bundles are replaced now, by this console or the one before. */
  public boolean replacing() {
    return System.getProperty(REPLACING) != null;
  }

  /** The turn of a call that has waited for long enough. */
  public synchronized Turn changeAnyway() {
    underWay++;
    return this::end;
  }

  private synchronized void end() {
    underWay--;
    notifyAll();
  }

  /**
   * The turn of a replacement, once what is under way has ended.
   *
   * @param say is told what it waits for, and what has not ended
   */
  public synchronized Turn replacement(Consumer<String> say) throws InterruptedException {
    System.setProperty(REPLACING, "");
    long end = System.nanoTime() + mostNanos;
    long left = mostNanos;
    if (underWay > 0) {
      say.accept("waits for calls that change something: " + underWay);
    }
    try {
      while (underWay > 0 && left > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
        left = end - System.nanoTime();
      }
    } catch (InterruptedException e) {
      System.clearProperty(REPLACING);
      throw e;
    }
    if (underWay > 0) {
      say.accept(
          "calls that have not ended after %s s: %s; they may be cut"
              .formatted(TimeUnit.NANOSECONDS.toSeconds(mostNanos), underWay));
    }
    return () -> System.clearProperty(REPLACING);
  }
}
