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
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What pods' connections cost, in a lab of its own: round trips, connections and bytes between two pods against a router that the
 * plain kernel is, and connections through a ClusterIP against direct ones, with one service and with ten thousand. Both ends are pinned to
 * one CPU, and what is compared is measured in turns, since a shared machine's speed changes by the second.
 */
class PathBench {
  private static final boolean SHORT = "short".equals(System.getenv("BENCH"));
  private static final Path HOME = Path.of("karaf-distribution/target/weir").toAbsolutePath();
  private static final String WEIR = HOME.resolve("bin/weir").toString();
  private static final Path WORK = Path.of("target/bench").toAbsolutePath();
  private static final Path CRR = WORK.resolve("crr");
  private static final String LAB = "benchp";
  private static final String ENGINE = LAB + "-n1";
  private static final String CPU = "1";
  private static final String PORT = "7777";
  private static final String SLICE = SHORT ? "200" : "500";
  private static final int SLICES = SHORT ? 2 : 20;
  private static final int SERVICES = SHORT ? 100 : 10_000;
  private static final int LOT = 500;

  /** A mode of crr.c, what netperf calls it, and what is required of it. */
  private enum Mode {
    RR("rr", "tcp_rr", ">= 1.05"),
    CRR("client", "tcp_crr", ">= 1.03"),
    STREAM("stream", "tcp_stream", ">= 0.97");

    private final String word;
    private final String label;
    private final String required;

    Mode(String word, String label, String required) {
      this.word = word;
      this.label = label;
      this.required = required;
    }
  }

  /** Runs a client once: what it prints. */
  @FunctionalInterface
  private interface Client {
    String run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    Files.createDirectories(WORK);
    must("gcc", "-static", "-O2", "-o", CRR.toString(), "itests/bench/crr.c");
    try (PlainRouter router = new PlainRouter()) {
      lab("up");
      try {
        measure(router);
      } finally {
        lab("down");
      }
    }
  }

  private static void measure(PlainRouter router) throws Exception {
    apply(pod("crr-server") + pod("crr-client") + service("crr"));
    Process server = start("lab", "--name", LAB, "exec", "crr-server", "--", CRR.toString(), "server", PORT, CPU);
    try {
      List<String> pods = all(run(weirEnvironment(), WEIR, "get", "pods", "crr-server", "-o", "json").out(), "ip");
      for (Mode mode : Mode.values()) {
        for (String pod : pods) {
          compare(
              mode.label + " pod to pod, against plain forwarding" + family(pod), mode.required,
              () -> pod(mode, pod, PORT), () -> router.client(mode, pod.contains(":")));
        }
      }
      throughService(pods.get(0), "tcp_crr through a ClusterIP, against direct");
      for (int first = 0; first < SERVICES; first += LOT) {
        apply(
            IntStream.range(first, Math.min(SERVICES, first + LOT))
                .mapToObj(number -> service("s" + number))
                .collect(Collectors.joining()));
      }
      throughService(pods.get(0), "tcp_crr through one of " + SERVICES + " ClusterIPs, against direct");
    } finally {
      server.descendants().forEach(ProcessHandle::destroy);
      server.destroy();
    }
  }

  private static void throughService(String pod, String name) throws Exception {
    String ip = all(run(weirEnvironment(), WEIR, "get", "services", "crr", "-o", "json").out(), "clusterIP").get(0);
    compare(name, ">= 0.95", () -> pod(Mode.CRR, ip, "81"), () -> pod(Mode.CRR, pod, PORT));
  }

  private static void compare(String name, String required, Client ours, Client theirs) throws Exception {
    for (int i = 0; !answersAll(ours.run()) || !answersAll(theirs.run()); i++) { // servers, neighbours and policies
      if (i == 20) {
        throw new IllegalStateException(name + ": no answer");
      }
    }
    List<Double> values = new ArrayList<>();
    List<Double> baselines = new ArrayList<>();
    for (int i = 0; i < SLICES; i++) {
      if (i % 2 == 0) { // what comes second has no advantage
        baselines.add(perSecond(theirs.run()));
        values.add(perSecond(ours.run()));
      } else {
        values.add(perSecond(ours.run()));
        baselines.add(perSecond(theirs.run()));
      }
    }
    ratio(name, values, baselines, required);
  }

  private static String pod(Mode mode, String address, String port) throws Exception {
    return must(WEIR, "lab", "--name", LAB, "exec", "crr-client", "--",
        CRR.toString(), mode.word, address, port, CPU, SLICE).out();
  }

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

  private static String family(String address) {
    return address.contains(":") ? ", IPv6" : ", IPv4";
  }

  private static void apply(String yaml) throws Exception {
    Path file = WORK.resolve("path.yaml");
    Files.writeString(file, yaml);
    lab("apply", "-f", file.toString());
  }

  private static String service(String name) {
    return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name + "}\n"
        + "spec: {selector: {app: crr-server}, ports: [{port: 81, targetPort: " + PORT + "}]}\n";
  }

  /** Two namespaces joined by a third that forwards, and no program anywhere. */
  private static final class PlainRouter implements AutoCloseable {
    private final Process server;

    PlainRouter() throws Exception {
      close();
      for (String end : List.of("a", "r", "b")) {
        must("ip", "netns", "add", "weir-bench-" + end);
        inside(end, "ip", "link", "set", "lo", "up");
      }
      inside("r", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
      join("a", 1);
      join("b", 2);
      server = new ProcessBuilder("nsenter", "--net=/run/netns/weir-bench-b", CRR.toString(), "server", PORT, CPU).start();
    }

    private void join(String end, int number) throws Exception {
      String four = "10.250." + number + ".";
      String six = "fd25:" + number + "::";
      must("ip", "-n", "weir-bench-" + end, "link", "add", "eth0", "type", "veth", "peer", "name", "to-" + end, "netns", "weir-bench-r");
      for (String[] side : new String[][] {{end, "eth0", "2"}, {"r", "to-" + end, "1"}}) {
        String place = "weir-bench-" + side[0];
        must("ip", "-n", place, "link", "set", side[1], "up");
        must("ip", "-n", place, "addr", "add", four + side[2] + "/24", "dev", side[1]);
        must("ip", "-n", place, "addr", "add", six + side[2] + "/64", "dev", side[1], "nodad");
      }
      must("ip", "-n", "weir-bench-" + end, "route", "add", "default", "via", four + "1");
      must("ip", "-n", "weir-bench-" + end, "-6", "route", "add", "default", "via", six + "1");
    }

    String client(Mode mode, boolean six) throws Exception {
      return inside("a", CRR.toString(), mode.word, six ? "fd25:2::2" : "10.250.2.2", PORT, CPU, SLICE).out();
    }

    private static Result inside(String end, String... command) throws Exception {
      List<String> all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/weir-bench-" + end));
      all.addAll(Arrays.asList(command));
      return must(all.toArray(String[]::new));
    }

    @Override
    public void close() throws Exception {
      if (server != null) {
        server.destroy();
        server.waitFor();
      }
      for (String end : List.of("a", "r", "b")) {
        run(Map.of(), "ip", "netns", "del", "weir-bench-" + end);
      }
    }
  }

  private static String pod(String name) {
    return ("---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s, labels: {app: %s}}\n"
            + "spec: {containers: [{name: main, image: weir/pause}]}\n")
        .formatted(name, name);
  }

  /** Values of a field, wherever it is. */
  private static List<String> all(String json, String field) {
    Matcher matcher = Pattern.compile("\"" + field + "\"\\s*:\\s*\"([^\"]+)\"").matcher(json);
    List<String> values = matcher.results().map(result -> result.group(1)).distinct().toList();
    if (values.isEmpty()) {
      throw new IllegalStateException("no " + field + " in " + json);
    }
    return values;
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

  private PathBench() {}
}
