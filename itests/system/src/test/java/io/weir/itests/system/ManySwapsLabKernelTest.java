package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What swaps leave behind: nothing. {@code make soak} does thousands of them, and compares sums;
 * this counts the objects of each class, so that few swaps show a leak of one object each.
 */
@NeedsRoot
class ManySwapsLabKernelTest {
  /** Each of them ten times. */
  private static final List<String> TURNS = List.of("policy", "flows", "node", "cni", "datapath");

  private static final int SWAPS = 50;

  /** Rounds before the first look: what is compiled or cached by then stays. */
  private static final int BEFORE = 2;

  private static final int LOOKS = 4;

  /** Fewer are noise: one of each swap of one bundle, and two to spare. */
  private static final int LEAST = SWAPS / TURNS.size() - 2;

  /**
   * What the JDK keeps of types of methods, by references that nobody clears until it needs one.
   */
  private static final String WEAK =
      "java.lang.invoke.MethodType$ConcurrentWeakInternSet$WeakEntry";

  /** Names of what the JDK makes for itself, as lambdas: they come slower than they go. */
  private static final List<String> TEXT = List.of("[B", "java.lang.String", "java.lang.Object");

  private static final int MOST_TEXTS = 10 * SWAPS;

  /** Timers that end by themselves: of Declarative Services 5 s, of the shelf of parcels 60 s. */
  private static final String SOON_OVER =
      "org.apache.felix.scr.impl.ComponentRegistry.4|io.weir.api.Handover.Parcel"
          + "|io.weir.state.HandoverShelf.*|java.util.concurrent.Executors.RunnableAdapter"
          + "|java.util.concurrent.ScheduledThreadPoolExecutor.ScheduledFutureTask";

  private static final String NODE_OF_WEAK = "java.util.concurrent.ConcurrentHashMap$Node";

  private static final Pattern LINE = Pattern.compile(" *\\d+: +(\\d+) +\\d+ +(\\S+).*");

  @Test
  void should_hold_no_more_of_anything_after_each_fifty_swaps() throws Exception {
    try (Lab lab = new Lab("many")) {
      lab.up();
      lab.apply(
          Yaml.echo("default", "server", "app: server")
              + Yaml.shell("default", "client", "app: client")
              + Yaml.service("default", "web", "app: server")
              + Yaml.ingress("default", "only-client", "app: server", "app: client"));
      for (int round = 0; round < BEFORE; round++) {
        swap(lab);
      }
      List<Map<String, Long>> looks = new ArrayList<>();
      looks.add(held(lab));
      while (looks.size() < LOOKS) {
        swap(lab);
        looks.add(held(lab));
      }
      assertThat(growing(looks)).as("grows by each %d swaps: numbers held", SWAPS).isEmpty();
    }
  }

  private static void swap(Lab lab) {
    for (int i = 0; i < SWAPS; i++) {
      String bundle = TURNS.get(i % TURNS.size());
      lab.weir("swap", bundle, Jar.own(bundle).toString(), "--watch", "0");
    }
  }

  /** What has grown from each look to the next: caches and weak references come and go. */
  private static Map<String, List<Long>> growing(List<Map<String, Long>> looks) {
    Map<String, List<Long>> growing = new TreeMap<>();
    for (String what : looks.get(looks.size() - 1).keySet()) {
      List<Long> numbers = looks.stream().map(look -> look.getOrDefault(what, 0L)).toList();
      boolean each = true;
      for (int i = 1; i < numbers.size(); i++) {
        each &= numbers.get(i) - numbers.get(i - 1) >= (TEXT.contains(what) ? MOST_TEXTS : LEAST);
      }
      if (each) {
        growing.put(what, numbers);
      }
    }
    return growing;
  }

  /** Objects of the engine by class, and its descriptors and threads. */
  private static Map<String, Long> held(Lab lab) throws IOException {
    Map<String, Long> held = new TreeMap<>();
    Loaders.jcmd(lab, "GC.run"); // what the first one clears has its referents until the second
    Loaders.jcmd(lab, "GC.class_histogram")
        .lines()
        .map(LINE::matcher)
        .filter(Matcher::matches)
        .forEach(
            line ->
                held.merge(
                    line.group(2).replaceAll("/0x\\w+$|\\+0x\\w+$", ""),
                    Long.parseLong(line.group(1)),
                    Long::sum));
    assertThat(held).as("a histogram").containsKey(NODE_OF_WEAK);
    held.merge(NODE_OF_WEAK, -held.getOrDefault(WEAK, 0L), Long::sum);
    held.remove(WEAK);
    held.keySet().removeIf(what -> what.matches(SOON_OVER));
    for (String what : List.of("fd", "task")) {
      try (var entries = Files.list(Path.of("/proc", lab.process(), what))) {
        held.put("/proc/" + what, entries.count());
      }
    }
    return held;
  }
}
