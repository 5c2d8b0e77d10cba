package io.weir.console.swap;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The running engine, as a swap sees it. */
interface SwapEngine {
  /**
   * The engine at one moment.
   *
   * @param faults what does not do its work, a clause each
   * @param hopeless those of the faults that waiting does not mend, as a bundle that does not start
   * @param writes entries of kernel maps written so far, by the name of the map
   */
  record Look(List<String> faults, Set<String> hopeless, Map<String, Long> writes) {
    public Look {
      faults = List.copyOf(faults);
      hopeless = Set.copyOf(hopeless);
      writes = Map.copyOf(writes);
    }
  }

  /** The bundles, and all that have to be wired anew when these are. */
  Set<String> closure(Set<String> bundles);

  /** Copies the jar that a bundle runs from. */
  void keep(String bundle, Path to);

  /**
   * Puts jars in place of what bundles run from, and has those that were at work at work again.
   *
   * @param together whether all are stopped before the first is replaced, and wired anew as one
   * @throws io.weir.api.ProblemException when the container refuses one of them
   */
  void replace(Map<String, Path> jars, boolean together);

  /** Stops and starts a bundle. */
  void restart(String bundle);

  Look look();

  /** Time in nanoseconds, of any origin. */
  long nanos();

  void pause(long millis) throws InterruptedException;
}
