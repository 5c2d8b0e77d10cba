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

/**
 * The figures of a running node, in a lab of its own: start to enforcing, memory and CPU then, CNI ADD, and policies applied.
 */
class LabBench {
  private static final boolean SHORT = "short".equals(System.getenv("BENCH"));
  private static final Path HOME = Path.of("karaf-distribution/target/weir").toAbsolutePath();
  private static final String WEIR = HOME.resolve("bin/weir").toString();
  private static final Path WORK = Path.of("target/bench").toAbsolutePath();
  private static final String LAB = "bench";
  private static final String ENGINE = LAB + "-n1";

  public static void main(String[] arguments) throws Exception {
    Files.createDirectories(WORK);
    lab("up");
    try {
      startAndMemory();
      idle();
      policies();
      cniAdds();
    } finally {
      lab("down");
    }
  }

  /** A second start, with the cache there: the first one also unpacks. */
  private static void startAndMemory() throws Exception {
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < (SHORT ? 1 : 3); i++) {
      lab("kill", "n1");
      long begin = System.nanoTime();
      lab("start", "n1");
      while (run(weirEnvironment(), WEIR, "status").code() != 0) {
        if (System.nanoTime() - begin > 60e9) {
          throw new IllegalStateException(run(weirEnvironment(), WEIR, "status").out());
        }
        Thread.onSpinWait();
      }
      seconds.add((System.nanoTime() - begin) / 1e9);
    }
    row("start to enforcing", median(seconds), "s", null, null, "<= 5");
    row("rss after start", residentMegabytes(), "MB", null, null, "<= 230");
  }

  private static double residentMegabytes() throws IOException {
    Matcher matcher =
        Pattern.compile("VmRSS:\\s+(\\d+)").matcher(Files.readString(Path.of("/proc", String.valueOf(engine()), "status")));
    if (!matcher.find()) {
      throw new IllegalStateException("expected VmRSS in the status of process " + engine());
    }
    return Double.parseDouble(matcher.group(1)) / 1024;
  }

  /** The engine's JVM. */
  private static long engine() throws IOException {
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          String command = Files.readString(process.resolve("cmdline"));
          if (command.contains("-Dweir.node=" + ENGINE) && command.contains("org.apache.karaf.main.Main")) {
            return Long.parseLong(process.getFileName().toString());
          }
        } catch (IOException e) {
          continue; // the process has ended meanwhile
        }
      }
    }
    throw new IllegalStateException("no engine of " + ENGINE);
  }

  /** What an engine takes of a CPU while nothing happens. */
  private static void idle() throws Exception {
    double seconds = SHORT ? 2 : 30;
    double before = cpuSeconds();
    TimeUnit.MILLISECONDS.sleep((long) (seconds * 1000));
    row("cpu of an idle engine", (cpuSeconds() - before) / seconds, "cores", null, null, "<= 0.01");
  }

  private static double cpuSeconds() throws IOException {
    String stat = Files.readString(Path.of("/proc", String.valueOf(engine()), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Double.parseDouble(fields[11]) + Double.parseDouble(fields[12])) / 100; // utime, stime: proc(5)
  }

  /** From the call of the client to its return, which says that the policy is in force. */
  private static void policies() throws Exception {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < (SHORT ? 5 : 100); i++) {
      Path file = WORK.resolve("policy.yaml");
      Files.writeString(
          file,
          ("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: bench-%d}\nspec:\n"
                  + "  endpointSelector: {matchLabels: {app: crr-server}}\n"
                  + "  ingress: [{fromEndpoints: [{matchLabels: {app: other-%d}}], toPorts: [{ports: [{port: \"%d\", protocol: TCP}]}]}]\n")
              .formatted(i, i, 1000 + i));
      long begin = System.nanoTime();
      must(weirEnvironment(), WEIR, "apply", "-f", file.toString());
      millis.add((System.nanoTime() - begin) / 1e6);
    }
    row("policy applied to enforced, p99", percentile(millis, 99), "ms", null, null, "<= 100");
    row("policy applied to enforced, p50", percentile(millis, 50), "ms", null, null, null);
  }

  private static void cniAdds() throws Exception {
    int count = SHORT ? 5 : 250;
    List<Double> millis = new ArrayList<>();
    List<String> made = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        String name = "weir-bench-pod-" + i;
        must("ip", "netns", "add", name);
        made.add(name);
        long begin = System.nanoTime();
        Result result = cni("ADD", name);
        millis.add((System.nanoTime() - begin) / 1e6);
        if (result.code() != 0) {
          throw new IllegalStateException("CNI ADD: " + result.out());
        }
      }
    } finally {
      for (String name : made) {
        cni("DEL", name);
        run(Map.of(), "ip", "netns", "del", name);
      }
    }
    row("cni add, p99", percentile(millis, 99), "ms", null, null, "<= 100");
    row("cni add, p50", percentile(millis, 50), "ms", null, null, null);
  }

  private static Result cni(String command, String name) throws Exception {
    Path config = WORK.resolve("cni.json");
    Files.writeString(
        config, "{\"cniVersion\":\"1.0.0\",\"name\":\"weir\",\"type\":\"weir-cni\",\"node\":\"" + ENGINE + "\"}");
    Map<String, String> environment =
        Map.of(
            "CNI_COMMAND", command, "CNI_CONTAINERID", name, "CNI_NETNS", "/run/netns/" + name,
            "CNI_IFNAME", "eth0", "CNI_PATH", HOME.resolve("bin").toString(), "WEIR_NODE", ENGINE,
            "CNI_ARGS", "K8S_POD_NAMESPACE=default;K8S_POD_NAME=" + name);
    return run(environment, config.toFile(), HOME.resolve("bin/weir-cni").toString());
  }

  private static String pod(String name) {
    return ("apiVersion: v1\nkind: Pod\nmetadata: {name: %s, labels: {app: %s}}\n"
            + "spec: {containers: [{name: main, image: weir/pause}]}\n")
        .formatted(name, name);
  }

  private static String find(String json, String field) {
    Matcher matcher = Pattern.compile("\"" + field + "\"\\s*:\\s*\"([^\"]+)\"").matcher(json);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + field + " in " + json);
    }
    return matcher.group(1);
  }

  /** Medians of two series measured in turns; the ratio is the median of the ratios of neighbours. */
  private static void ratio(String name, List<Double> values, List<Double> baselines, String required) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      ratios.add(values.get(i) / baselines.get(i));
    }
    row(name, median(values), "1/s", median(baselines), median(ratios), required);
  }

  private static double median(List<Double> values) {
    return percentile(values, 50);
  }

  private static double percentile(List<Double> values, int percent) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
  }

  private static void row(
      String name, double value, String unit, Double baseline, Double ratio, String required) {
    System.out.printf(
        Locale.ROOT,
        "{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"baseline\":%s,\"ratio\":%s,\"required\":%s}%n",
        name, value, unit,
        baseline == null ? "null" : String.format(Locale.ROOT, "%.3f", baseline),
        ratio == null ? "null" : String.format(Locale.ROOT, "%.4f", ratio),
        required == null ? "null" : '"' + required + '"');
  }

  private record Result(int code, String out) {}

  private static Map<String, String> weirEnvironment() {
    return Map.of("WEIR_NODE", ENGINE);
  }

  private static Result lab(String verb, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(WEIR, "lab", "--name", LAB, verb));
    command.addAll(Arrays.asList(arguments));
    return must(command.toArray(String[]::new));
  }

  private static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(WEIR));
    command.addAll(Arrays.asList(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }

  private static Result must(String... command) throws Exception {
    return must(Map.of(), command);
  }

  private static Result must(Map<String, String> environment, String... command) throws Exception {
    Result result = run(environment, command);
    if (result.code() != 0) {
      throw new IllegalStateException(String.join(" ", command) + " ended with " + result.code() + ": " + result.out());
    }
    return result;
  }

  private static Result run(Map<String, String> environment, String... command) throws Exception {
    return run(environment, new File("/dev/null"), command);
  }

  private static Result run(Map<String, String> environment, File in, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(in);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes());
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException(String.join(" ", command) + " has not ended in two minutes");
    }
    return new Result(process.exitValue(), out);
  }

  private LabBench() {}
}
