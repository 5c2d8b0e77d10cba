package io.weir.console;

import io.weir.api.ProblemException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.apache.karaf.shell.support.CommandException;

/**
 * Lets one call outlast the replacement of bundles: it waits for a verb whose bundle is on its way,
 * and is answered anew, by the next bundle or the next console, where the one that was to answer
 * goes beneath it. That is for calls that change nothing, and of which nothing was said yet.
 */
final class Patience {
  /** Less than the patience of a client. */
  private static final long MOST_NANOS = 8_000_000_000L;

  private static final long LOOK_MILLIS = 20;

  private final Replacements replacements;
  private final Call call;
  private final BooleanSupplier known;
  private final long end = System.nanoTime() + MOST_NANOS;

  /**
   * @param known whether somebody answers the verb of the call
   */
  Patience(Replacements replacements, Call call, BooleanSupplier known) {
    this.replacements = replacements;
    this.call = call;
    this.known = known;
  }

  /** Waits where its bundle may be on its way; who asks for what does not exist is told at once. */
  void awaitVerb() throws InterruptedException {
    while (!known.getAsBoolean() && mayWait()) {
      Thread.sleep(LOOK_MILLIS);
    }
  }

  /**
   * The code of an answer that changes nothing, by the next bundle where the first one has gone.
   */
  int outlast(Callable<Integer> answer) throws Exception {
    while (true) {
      try {
        return answer.call();
      } catch (ProblemException | InterruptedException | InterruptedIOException e) {
        throw e;
      } catch (CommandException e) {
        if (known.getAsBoolean() || !mayWait()) {
          throw e;
        }
      } catch (Exception | LinkageError e) {
        if (call.answered() || !mayWait()) {
          throw e;
        }
      }
      Thread.sleep(LOOK_MILLIS);
      awaitVerb();
    }
  }

  /** Whether the next console is to answer it. */
  boolean isForTheNext() {
    return replacements.left() && !call.answered() && !call.cancelled();
  }

  private boolean mayWait() {
    return !call.cancelled()
        && !replacements.left()
        && System.nanoTime() < end
        && replacements.coming();
  }
}
