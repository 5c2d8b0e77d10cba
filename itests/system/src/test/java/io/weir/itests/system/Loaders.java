package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The class loaders of a running engine, as its JVM tells. */
final class Loaders {
  private Loaders() {}

  static String jcmd(Lab lab, String... words) throws IOException {
    String[] all = new String[words.length + 2];
    all[0] = Path.of(System.getProperty("java.home"), "bin/jcmd").toString();
    all[1] = lab.process();
    System.arraycopy(words, 0, all, 2, words.length);
    return Commands.run(all);
  }

  /** Classes of a bundle of ours that several loaders have loaded, with their number. */
  private static Map<String, Long> doubles(Lab lab, String bundle) throws IOException {
    jcmd(lab, "GC.run");
    Map<String, Long> all =
        jcmd(lab, "VM.classloaders", "show-classes", "fold=false")
            .lines()
            .map(line -> line.replaceAll("^[ |+-]*(Classes: )?", "").strip())
            .filter(line -> line.matches("io\\.weir\\." + bundle + "\\.[\\w.$]+"))
            .collect(Collectors.groupingBy(line -> line, TreeMap::new, Collectors.counting()));
    assertThat(all.isEmpty()).as("classes of %s", bundle).isEqualTo(bundle.equals("bpf"));
    all.values().removeIf(count -> count == 1);
    return all;
  }

  /** Calls under way, timers of a minute and soft references may hold the old ones that long. */
  static void assertOldOnesAreCollected(Lab lab, String bundle) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    Map<String, Long> doubles = doubles(lab, bundle);
    while (!doubles.isEmpty()) {
      if (System.nanoTime() > deadline) { // what holds them is to be found afterwards
        Path dump = Run.ROOT.resolve("itests/system/target/held-" + bundle + ".hprof");
        Files.deleteIfExists(dump);
        jcmd(lab, "GC.heap_dump", dump.toString());
      }
      assertThat(System.nanoTime())
          .as("classes of %s that several loaders have: %s", bundle, doubles)
          .isLessThan(deadline);
      Thread.sleep(100);
      doubles = doubles(lab, bundle);
    }
  }
}
