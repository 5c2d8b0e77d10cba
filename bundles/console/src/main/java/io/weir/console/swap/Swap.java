package io.weir.console.swap;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One swap: keep what is there, replace it, wait until the engine is at work again, watch it, and
 * take it back where it is not. What was wrong before is not held against the new bundle.
 */
final class Swap {
  /** How long a bundle may take until it is at work. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A fault that waiting does not mend is believed after this time. */
  static final Duration SURE = Duration.ofSeconds(2);

  /** While it is watched, a fault counts that lasts: pods and policies come and go meanwhile. */
  static final Duration LASTING = Duration.ofSeconds(3);

  private static final long SHORT_MILLIS = 10;
  private static final long LONG_MILLIS = 500;

  /** How it ended. */
  sealed interface Outcome {
    /**
     * The new bundles are at work.
     *
     * @param writes entries of kernel maps written meanwhile, by map; by maps that had some
     */
    record Done(Duration took, Map<String, Long> writes) implements Outcome {}

    /** Those before are at work again. */
    record RolledBack(Problem problem) implements Outcome {}

    /** Neither works. */
    record Stuck(Problem problem) implements Outcome {}
  }

  private final SwapEngine engine;
  private final SwapPlan plan;
  private final Path directory;
  private final Changes changes;
  private final Consumer<String> say;

  /**
   * @param directory where the jars are kept that are in force now
   * @param say takes a sentence on each stage
   */
  Swap(SwapEngine engine, SwapPlan plan, Path directory, Changes changes, Consumer<String> say) {
    this.engine = engine;
    this.plan = plan;
    this.directory = directory;
    this.changes = changes;
    this.say = say;
  }

  Outcome run(Duration watch) throws InterruptedException {
    Map<String, Path> kept = new LinkedHashMap<>();
    Map<String, Path> jars = new LinkedHashMap<>();
    for (SwapPlan.Part part : plan.parts()) {
      Path copy = directory.resolve(part.bundle() + ".jar");
      engine.keep(part.bundle(), copy);
      kept.put(part.bundle(), copy);
      jars.put(part.bundle(), part.jar());
    }
    SwapEngine.Look before = engine.look();
    Optional<String> wrong;
    Duration took;
    try (Changes.Turn turn = changes.replacement(say)) {
      long begin = engine.nanos();
      wrong = replace(jars, before);
      took = Duration.ofNanos(engine.nanos() - begin);
    }
    if (wrong.isEmpty()) {
      Map<String, Long> writes = writes(before, engine.look());
      say.accept(
          "at work after %s ms, with %s; watched for %s s"
              .formatted(took.toMillis(), sentence(writes), watch.toSeconds()));
      wrong = watch(watch, before);
      if (wrong.isEmpty()) {
        return new Outcome.Done(took, writes);
      }
    }
    say.accept(wrong.get() + "; what was before is put back");
    return rollBack(kept, before, wrong.get());
  }

  private Outcome rollBack(Map<String, Path> kept, SwapEngine.Look before, String wrong)
      throws InterruptedException {
    String where = "swap " + plan.names();
    String expected = versions(SwapPlan.Part::to) + " at work";
    Optional<String> still;
    try (Changes.Turn turn = changes.replacement(say)) {
      still = replace(kept, before);
    }
    if (still.isEmpty()) {
      String in = versions(SwapPlan.Part::from);
      return new Outcome.RolledBack(
          Problem.of(where, expected, wrong)
              .remedy("the one before, " + in + ", is in force again"));
    }
    return new Outcome.Stuck(
        Problem.of(where, expected, wrong + "; then, with the one before, " + still.get())
            .remedy("it is kept in " + directory + "; see weir status"));
  }

  private String versions(Function<SwapPlan.Part, String> version) {
    return "version "
        + String.join(", ", plan.parts().stream().map(version).distinct().sorted().toList());
  }

  /** Replaces, and waits; what is wrong then. */
  private Optional<String> replace(Map<String, Path> jars, SwapEngine.Look before)
      throws InterruptedException {
    try {
      engine.replace(jars, plan.control() || jars.size() > 1);
      plan.restarts().forEach(engine::restart);
    } catch (ProblemException e) {
      return Optional.of(e.problem().sentence());
    }
    long begin = engine.nanos();
    Map<String, Long> since = new HashMap<>();
    while (true) {
      SwapEngine.Look look = engine.look();
      List<String> faults = newFaults(look, before);
      if (faults.isEmpty()) {
        return Optional.empty();
      }
      Set<String> hopeless = look.hopeless();
      Optional<String> sure =
          lasting(faults.stream().filter(hopeless::contains).toList(), since, SURE);
      if (sure.isPresent()) {
        return sure;
      }
      if (engine.nanos() - begin >= PATIENCE.toNanos()) {
        return Optional.of(
            "not at work after " + PATIENCE.toSeconds() + " s: " + String.join("; ", faults));
      }
      engine.pause(SHORT_MILLIS);
    }
  }

  private Optional<String> watch(Duration watch, SwapEngine.Look before)
      throws InterruptedException {
    long begin = engine.nanos();
    Map<String, Long> since = new HashMap<>();
    // A fault that came late is waited for, past the end: it goes, or it lasts.
    while (engine.nanos() - begin < watch.toNanos() || !since.isEmpty()) {
      Optional<String> bad = lasting(newFaults(engine.look(), before), since, LASTING);
      if (bad.isPresent()) {
        return bad;
      }
      engine.pause(LONG_MILLIS);
    }
    return Optional.empty();
  }

  /** The first of the faults that has been there for {@code time}; {@code since} is kept for it. */
  private Optional<String> lasting(List<String> faults, Map<String, Long> since, Duration time) {
    long now = engine.nanos();
    since.keySet().retainAll(faults);
    faults.forEach(fault -> since.putIfAbsent(fault, now));
    return faults.stream().filter(fault -> now - since.get(fault) >= time.toNanos()).findFirst();
  }

  private static List<String> newFaults(SwapEngine.Look look, SwapEngine.Look before) {
    List<String> faults = new ArrayList<>(look.faults());
    faults.removeAll(before.faults());
    return faults;
  }

  /** The counters begin at 0 again where the bundle that counts was among those restarted. */
  private Map<String, Long> writes(SwapEngine.Look before, SwapEngine.Look after) {
    boolean anew = plan.affected().contains("io.weir.linux");
    Map<String, Long> writes = new LinkedHashMap<>();
    after
        .writes()
        .forEach(
            (map, count) -> {
              long more = count - (anew ? 0 : before.writes().getOrDefault(map, 0L));
              if (more != 0) {
                writes.put(map, more);
              }
            });
    return writes;
  }

  private static String sentence(Map<String, Long> writes) {
    long sum = writes.values().stream().mapToLong(Long::longValue).sum();
    return sum + " writes to kernel maps" + (sum == 0 ? "" : " " + writes);
  }
}
