package io.weir.console.swap;

import io.weir.api.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** An engine whose faults depend on which jar is in force, and on how long it has been so. */
final class FakeEngine implements SwapEngine {
  /** What is wrong with a jar so many milliseconds after it was put in place. */
  interface Faults {
    List<String> after(long millis);
  }

  final List<String> done = new ArrayList<>();
  final Map<String, Set<String>> dependents = new HashMap<>();
  final Map<String, Faults> faults = new HashMap<>();
  final Set<String> refused = new TreeSet<>();
  final Set<String> hopeless = new TreeSet<>();
  final Map<String, Long> writes = new HashMap<>();
  final Map<String, Long> writesOfReplace = new HashMap<>();
  private String inForce = "old";
  private long since;
  private long now;

  @Override
  public Set<String> closure(Set<String> bundles) {
    Set<String> all = new TreeSet<>(bundles);
    bundles.forEach(bundle -> all.addAll(dependents.getOrDefault(bundle, Set.of())));
    return all;
  }

  @Override
  public void keep(String bundle, Path to) {
    done.add("keep " + to.getFileName());
  }

  @Override
  public void replace(Map<String, Path> jars, boolean together) {
    String jar = jars.values().iterator().next().toString();
    done.add("replace " + jars.keySet() + (together ? " together" : ""));
    inForce = jar.startsWith("kept") ? "old" : jar;
    since = now;
    if (refused.contains(jar)) {
      throw Problem.of("the container", "a bundle that resolves", jar).asException();
    }
    writesOfReplace.forEach((map, count) -> writes.merge(map, count, Long::sum));
  }

  @Override
  public void restart(String bundle) {
    done.add("restart " + bundle);
  }

  @Override
  public Look look() {
    List<String> all =
        faults
            .getOrDefault(inForce, millis -> List.of())
            .after(Duration.ofNanos(now - since).toMillis());
    return new Look(all, hopeless, writes);
  }

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public void pause(long millis) {
    now += Duration.ofMillis(millis).toNanos();
  }
}
