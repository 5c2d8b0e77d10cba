package io.weir.console;

import io.weir.api.ProblemException;
import io.weir.console.swap.Changes;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.apache.karaf.shell.support.CommandException;

/**
 * Lets one call outlast the replacement of bundles: it waits for a verb whose bundle is on its way.
 * What changes nothing is answered anew, by the next bundle or the next console, where the one that
 * was to answer goes beneath it and nothing was said yet. What changes something takes turns with
 * replacements.
 */
final class Patience {
  /** Less than the patience of a client. */
  private static final long MOST_NANOS = 8_000_000_000L;

  private static final long LOOK_MILLIS = 20;

  private final Replacements replacements;
  private final Changes changes;
  private final Call call;
  private final BooleanSupplier known;
  private final long end = System.nanoTime() + MOST_NANOS;

  /**
   * @param known whether somebody answers the verb of the call
   */
  Patience(Replacements replacements, Changes changes, Call call, BooleanSupplier known) {
    this.replacements = replacements;
    this.changes = changes;
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

  /** The turn of a call that changes something; its failure where it is for the next console. */
  Changes.Turn awaitTurn() throws InterruptedException {
    while (isInTime()) {
      Optional<Changes.Turn> turn = replacements.starting() ? Optional.empty() : changes.change();
      if (turn.isPresent()) {
        return turn.get();
      }
      Thread.sleep(LOOK_MILLIS);
    }
    if (replacements.left()) {
      throw new IllegalStateException("another console answers from now on");
    }
    return changes.changeAnyway();
  }

  /** Whether the next console is to answer it. */
  boolean isForTheNext() {
    return replacements.left() && !call.answered() && !call.cancelled();
  }

  private boolean mayWait() {
    return isInTime() && (replacements.coming() || changes.replacing());
  }

  private boolean isInTime() {
    return !call.cancelled() && !replacements.left() && System.nanoTime() < end;
  }
}
