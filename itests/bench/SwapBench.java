import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long a swap of each bundle takes, and what thousands of them leave behind. The number of those is 50, of {@code make
 * soak} 2,000: SWAPS in the environment.
 */
class SwapBench {
  private static final int SWAPS =
      Integer.parseInt(System.getenv().getOrDefault("SWAPS", Bench.SHORT ? "16" : "50"));

  private static final List<String> CONTROL = List.of("linux", "state", "api");

  private final Bench bench = new Bench("benchswap");

  private SwapBench() throws IOException {}

  public static void main(String[] arguments) throws Exception {
    new SwapBench().measure();
  }

  private void measure() throws Exception {
    bench.lab("up");
    try {
      bench.apply(Bench.pod("a") + Bench.pod("b"));
      times();
      many();
    } finally {
      bench.lab("down");
    }
  }

  private void times() throws Exception {
    for (String bundle : turns()) {
      List<Double> millis = new ArrayList<>();
      for (int i = 0; i < (Bench.SHORT ? 1 : 5); i++) {
        millis.add(swap(bundle));
      }
      String most = CONTROL.contains(bundle) ? null : bundle.equals("datapath") ? "<= 3000" : "<= 2000";
      Bench.row("swap of " + bundle, Bench.percentile(millis, 50), "ms", most);
    }
  }

  /** All bundles of the node; with the last three all of Java's part starts again. */
  private List<String> turns() throws Exception {
    List<String> turns =
        new ArrayList<>(
            Bench.all(bench.weir("bundle", "list", "-o", "json"), "bundle").stream()
                .map(name -> name.replaceFirst("^io\\.weir\\.", ""))
                .toList());
    turns.removeAll(CONTROL);
    turns.addAll(CONTROL);
    return turns;
  }

  /** Milliseconds until it is at work. */
  private double swap(String bundle) throws Exception {
    String told = bench.weir("swap", bundle, jar(bundle).toString(), "--watch", "0", "-o", "json");
    Matcher matcher = Pattern.compile("\"millis\": ?(\\d+),\\s*\"writes\": ?0,").matcher(told);
    if (!matcher.find()) {
      throw new IllegalStateException("expected a swap without writes to maps, got " + told);
    }
    return Double.parseDouble(matcher.group(1));
  }

  private static Path jar(String bundle) throws IOException {
    try (var files = Files.walk(Bench.HOME.resolve("system/io/weir/io.weir." + bundle))) {
      return files.filter(file -> file.toString().endsWith(".jar")).findFirst().orElseThrow();
    }
  }

  /** The first quarter is for what is made once: compiled code, caches. */
  private void many() throws Exception {
    List<String> turns = turns();
    Map<String, Double> quarter = Map.of();
    for (int i = 1; i <= SWAPS; i++) {
      swap(turns.get(i % turns.size()));
      if (i == SWAPS / 4) {
        quarter = holds();
      }
    }
    Map<String, Double> end = holds();
    for (Map.Entry<String, Double> value : end.entrySet()) {
      String row = value.getKey() + " after " + SWAPS + " swaps, over that after a quarter";
      double ratio = value.getValue() / quarter.get(value.getKey());
      System.err.printf("%s: %s -> %s%n", value.getKey(), quarter.get(value.getKey()), value.getValue());
      Bench.row(row, ratio, "", "<= 1.1");
    }
  }

  /** What the engine holds once it has collected what it can. */
  private Map<String, Double> holds() throws Exception {
    String process = bench.process().getFileName().toString();
    String jcmd = Path.of(System.getProperty("java.home"), "bin/jcmd").toString();
    Thread.sleep(11_000); // for so long a thread of the console waits for another call
    for (int i = 0; i < 3; i++) { // a reference that the first one clears keeps its referent until the second
      Bench.must(jcmd, process, "GC.run");
      Thread.sleep(1000);
    }
    String info = Bench.must(jcmd, process, "GC.heap_info");
    Map<String, Double> holds = new TreeMap<>();
    holds.put("heap", sum(info, "generation .*?used (\\d+)K"));
    holds.put("metaspace", sum(info, "Metaspace +used (\\d+)K"));
    holds.put("descriptors", count(bench.process().resolve("fd")));
    holds.put("threads", count(bench.process().resolve("task")));
    return holds;
  }

  private static double sum(String text, String pattern) {
    double sum = 0;
    for (Matcher matcher = Pattern.compile(pattern).matcher(text); matcher.find(); ) {
      sum += Double.parseDouble(matcher.group(1));
    }
    if (sum == 0) {
      throw new IllegalStateException("no " + pattern + " in " + text);
    }
    return sum;
  }

  private static double count(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.count();
    }
  }
}
