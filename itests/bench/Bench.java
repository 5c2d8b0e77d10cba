import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What benchmarks in a lab have in common: the lab itself, programs that are run, figures that are printed. */
final class Bench {
  static final boolean SHORT = "short".equals(System.getenv("BENCH"));
  static final Path HOME = Path.of("karaf-distribution/target/weir").toAbsolutePath();
  static final Path WORK = Path.of("target/bench").toAbsolutePath();
  static final Path CRR = WORK.resolve("crr");

  /** Both ends of what is compared share it. */
  static final String CPU = "1";

  /** Milliseconds for which one side is measured before it is the other's turn. */
  static final String SLICE = SHORT ? "200" : "500";

  private static final String WEIR = HOME.resolve("bin/weir").toString();
  private static final long LIMIT_SECONDS = 120;

  private final String name;

  /**
   * @param name of the lab; it is not up yet
   */
  Bench(String name) throws IOException {
    this.name = name;
    Files.createDirectories(WORK);
  }

  /** How a program ended, and all it said. */
  record Result(int code, String out) {}

  /** Runs a client once: what it prints. */
  @FunctionalInterface
  interface Client {
    String run() throws Exception;
  }

  String engine() {
    return name + "-n1";
  }

  /** {@code weir lab WORDS}, of this lab. */
  String lab(String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of("lab", "--name", name));
    all.addAll(Arrays.asList(words));
    return weir(all.toArray(String[]::new));
  }

  /** {@code weir WORDS}, to this lab's engine. */
  String weir(String... words) throws Exception {
    return must(tryWeir(words), words);
  }

  Result tryWeir(String... words) throws Exception {
    return run(Map.of("WEIR_NODE", engine()), new File("/dev/null"), command(words));
  }

  /** A command in a pod, which the caller ends; its output can be read. */
  Process exec(String pod, String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("lab", "--name", name, "exec", pod, "--"));
    all.addAll(Arrays.asList(words));
    return new ProcessBuilder(command(all.toArray(String[]::new)))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static String[] command(String... words) {
    List<String> all = new ArrayList<>(List.of(WEIR));
    all.addAll(Arrays.asList(words));
    return all.toArray(String[]::new);
  }

  static void end(Process process) throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    process.waitFor();
  }

  void apply(String yaml) throws Exception {
    lab("apply", "-f", Files.writeString(WORK.resolve(name + ".yaml"), yaml).toString());
  }

  static String pod(String name) {
    return ("---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: default, labels: {app: %s}}\n"
            + "spec: {containers: [{name: main, image: weir/pause}]}\n")
        .formatted(name, name);
  }

  /** The addresses of a pod, IPv4 first. */
  List<String> addresses(String pod) throws Exception {
    return all(weir("get", "pods", pod, "-o", "json"), "ip");
  }

  /** Values of a field, wherever it is. */
  static List<String> all(String json, String field) {
    Matcher matcher = Pattern.compile("\"" + field + "\"\\s*:\\s*\"([^\"]+)\"").matcher(json);
    List<String> values = matcher.results().map(result -> result.group(1)).distinct().toList();
    if (values.isEmpty()) {
      throw new IllegalStateException("no " + field + " in " + json);
    }
    return values;
  }

  /** The engine's JVM below /proc. */
  Path process() throws IOException {
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        String command = read(process.resolve("cmdline"));
        if (command.contains("-Dweir.node=" + engine()) && command.contains("org.apache.karaf.main.Main")) {
          return process;
        }
      }
    }
    throw new IllegalStateException("no engine " + engine());
  }

  /** Nothing where it has gone meanwhile. */
  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  double residentMegabytes() throws IOException {
    String status = read(process().resolve("status"));
    Matcher matcher = Pattern.compile("VmRSS:\\s+(\\d+)").matcher(status);
    if (!matcher.find()) {
      throw new IllegalStateException("no VmRSS in " + status);
    }
    return Double.parseDouble(matcher.group(1)) / 1024;
  }

  /** Whether all trips of a slice of crr.c were made: not so while a server still starts. */
  private static boolean answersAll(String printed) {
    String[] counts = printed.strip().split("\\s+");
    return !counts[0].equals("0") && counts[1].equals("0");
  }

  private static double perSecond(String printed) {
    if (!answersAll(printed)) {
      throw new IllegalStateException("expected no failures, got " + printed);
    }
    return Double.parseDouble(printed.strip().split("\\s+")[0]) / Double.parseDouble(SLICE) * 1000;
  }

  /** Two clients of crr.c in turns, once servers, neighbours and policies are there; and a row of it. */
  static void compare(String row, String required, Client ours, Client theirs) throws Exception {
    for (int i = 0; !answersAll(ours.run()) || !answersAll(theirs.run()); i++) {
      if (i == 20) {
        throw new IllegalStateException(row + ": no answer");
      }
    }
    List<Double> values = new ArrayList<>();
    List<Double> baselines = new ArrayList<>();
    for (int i = 0; i < (SHORT ? 2 : 20); i++) {
      if (i % 2 == 0) { // what comes second has no advantage
        baselines.add(perSecond(theirs.run()));
        values.add(perSecond(ours.run()));
      } else {
        values.add(perSecond(ours.run()));
        baselines.add(perSecond(theirs.run()));
      }
    }
    ratio(row, values, baselines, "1/s", required);
  }

  /** Medians of two series measured in turns; the ratio is the median of the ratios of neighbours. */
  static void ratio(String row, List<Double> values, List<Double> baselines, String unit, String required) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      ratios.add(values.get(i) / baselines.get(i));
    }
    row(row, percentile(values, 50), unit, percentile(baselines, 50), percentile(ratios, 50), required);
  }

  static double percentile(List<Double> values, int percent) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
  }

  static void row(String name, double value, String unit, String required) {
    row(name, value, unit, null, null, required);
  }

  private static void row(String name, double value, String unit, Double baseline, Double ratio, String required) {
    System.out.printf(
        Locale.ROOT,
        "{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"baseline\":%s,\"ratio\":%s,\"required\":%s}%n",
        name, value, unit,
        baseline == null ? "null" : String.format(Locale.ROOT, "%.3f", baseline),
        ratio == null ? "null" : String.format(Locale.ROOT, "%.4f", ratio),
        required == null ? "null" : '"' + required + '"');
  }

  /** What it said; it must have ended well. */
  static String must(String... command) throws Exception {
    return must(run(Map.of(), new File("/dev/null"), command), command);
  }

  private static String must(Result result, String... command) {
    if (result.code() != 0) {
      throw new IllegalStateException(String.join(" ", command) + " ended with " + result.code() + ": " + result.out());
    }
    return result.out();
  }

  static Result run(Map<String, String> environment, File in, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(in);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes());
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException(String.join(" ", command) + " has not ended in two minutes");
    }
    return new Result(process.exitValue(), out);
  }
}
