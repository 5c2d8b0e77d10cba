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
 * The figures of a running node, in a lab of its own: start to enforcing and memory then, CNI ADD, connections between pods
 * against plain forwarding and through a service against direct, and policies applied. Both ends of a connection are pinned to
 * one CPU, and what is compared is measured in turns, since a shared machine's speed changes by the second.
 */
class LabBench {
  private static final boolean SHORT = "short".equals(System.getenv("BENCH"));
  private static final Path HOME = Path.of("karaf-distribution/target/weir").toAbsolutePath();
  private static final String WEIR = HOME.resolve("bin/weir").toString();
  private static final Path WORK = Path.of("target/bench").toAbsolutePath();
  private static final Path CRR = WORK.resolve("crr");
  private static final String LAB = "bench";
  private static final String ENGINE = LAB + "-n1";
  private static final String CPU = "1";

  public static void main(String[] arguments) throws Exception {
    Files.createDirectories(WORK);
    must("gcc", "-static", "-O2", "-o", CRR.toString(), "itests/bench/crr.c");
    try (PlainRouter router = new PlainRouter()) {
      lab("up");
      try {
        startAndMemory();
        connections(router);
        policies();
        cniAdds();
      } finally {
        lab("down");
      }
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
    double largest = 0;
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          String command = Files.readString(process.resolve("cmdline"));
          if (command.contains("-Dweir.node=" + ENGINE) && command.contains("org.apache.karaf.main.Main")) {
            Matcher matcher =
                Pattern.compile("VmRSS:\\s+(\\d+)").matcher(Files.readString(process.resolve("status")));
            if (matcher.find()) {
              largest = Math.max(largest, Double.parseDouble(matcher.group(1)) / 1024);
            }
          }
        } catch (IOException e) {
          continue; // the process has ended meanwhile
        }
      }
    }
    return largest;
  }

  private static void connections(PlainRouter router) throws Exception {
    Path pods = WORK.resolve("crr.yaml");
    Files.writeString(
        pods,
        pod("crr-server") + "---\n" + pod("crr-client")
            + "---\napiVersion: v1\nkind: Service\nmetadata: {name: crr}\n"
            + "spec: {selector: {app: crr-server}, ports: [{port: 81, targetPort: 7777}]}\n");
    lab("apply", "-f", pods.toString());
    Process server = start("lab", "--name", LAB, "exec", "crr-server", "--", CRR.toString(), "server", "7777", CPU);
    try {
      String direct = find(run(weirEnvironment(), WEIR, "get", "pods", "crr-server", "-o", "json").out(), "podIP");
      String service = find(run(weirEnvironment(), WEIR, "get", "services", "crr", "-o", "json").out(), "clusterIP");
      List<Double> plain = new ArrayList<>();
      List<Double> pods1 = new ArrayList<>();
      List<Double> pods2 = new ArrayList<>();
      List<Double> through = new ArrayList<>();
      awaitServer(direct, "7777");
      for (int i = 0; i < (SHORT ? 2 : 20); i++) {
        plain.add(router.trips());
        pods1.add(trips(direct, "7777"));
        through.add(trips(service, "81"));
        pods2.add(trips(direct, "7777"));
      }
      ratio("tcp_crr pod to pod, against plain forwarding", pods1, plain, ">= 1.0");
      ratio("tcp_crr through a ClusterIP, against direct", through, pods2, ">= 0.95");
    } finally {
      server.descendants().forEach(ProcessHandle::destroy);
      server.destroy();
    }
  }

  private static void awaitServer(String address, String port) throws Exception {
    for (int i = 0; !answersAll(client(address, port)); i++) {
      if (i == 20) {
        throw new IllegalStateException("no answer from " + address + " port " + port);
      }
    }
  }

  /** Whether all connections of a slice were answered: not so while a server still starts. */
  private static boolean answersAll(String printed) {
    String[] counts = printed.strip().split("\\s+");
    return !counts[0].equals("0") && counts[1].equals("0");
  }

  private static double trips(String address, String port) throws Exception {
    return tripsOf(client(address, port));
  }

  private static String client(String address, String port) throws Exception {
    return must(WEIR, "lab", "--name", LAB, "exec", "crr-client", "--",
        CRR.toString(), "client", address, port, CPU, slice()).out();
  }

  private static double tripsOf(String printed) {
    String[] counts = printed.strip().split("\\s+");
    if (!counts[1].equals("0") && !counts[0].equals("0")) {
      throw new IllegalStateException(counts[1] + " of the connections failed");
    }
    return Double.parseDouble(counts[0]) / Double.parseDouble(slice()) * 1000;
  }

  private static String slice() {
    return SHORT ? "200" : "500";
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

  /** Two namespaces joined by a third that forwards, and no program anywhere. */
  private static final class PlainRouter implements AutoCloseable {
    private final Process server;

    PlainRouter() throws Exception {
      close();
      for (String end : List.of("a", "r", "b")) {
        must("ip", "netns", "add", "weir-bench-" + end);
        inside(end, "ip", "link", "set", "lo", "up");
      }
      inside("r", "sysctl", "-qw", "net.ipv4.ip_forward=1");
      join("a", "10.250.1");
      join("b", "10.250.2");
      server = new ProcessBuilder("nsenter", "--net=/run/netns/weir-bench-b", CRR.toString(), "server", "7777", CPU).start();
      for (int i = 0; !answersAll(client()); i++) {
        if (i == 20) {
          throw new IllegalStateException("the plain router does not forward");
        }
      }
    }

    private void join(String end, String network) throws Exception {
      must("ip", "-n", "weir-bench-" + end, "link", "add", "eth0", "type", "veth", "peer", "name", "to-" + end, "netns", "weir-bench-r");
      must("ip", "-n", "weir-bench-" + end, "addr", "add", network + ".2/24", "dev", "eth0");
      must("ip", "-n", "weir-bench-" + end, "link", "set", "eth0", "up");
      must("ip", "-n", "weir-bench-r", "addr", "add", network + ".1/24", "dev", "to-" + end);
      must("ip", "-n", "weir-bench-r", "link", "set", "to-" + end, "up");
      must("ip", "-n", "weir-bench-" + end, "route", "add", "default", "via", network + ".1");
    }

    double trips() throws Exception {
      return tripsOf(client());
    }

    private String client() throws Exception {
      return inside("a", CRR.toString(), "client", "10.250.2.2", "7777", CPU, slice()).out();
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
