import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What full tables cost a running node, in a lab of its own: memory with many pods and services, the kernel's memory for a flow,
 * trips on an established connection with a table full of others' flows against an empty one, and what a storm of SYNs costs
 * the others. Who asks and who answers share CPU 1, a storm has CPU 0.
 */
class TableBench {
  private static final boolean SHORT = "short".equals(System.getenv("BENCH"));
  private static final Path HOME = Path.of("karaf-distribution/target/weir").toAbsolutePath();
  private static final String WEIR = HOME.resolve("bin/weir").toString();
  private static final Path WORK = Path.of("target/bench").toAbsolutePath();
  private static final String CHATTER = WORK.resolve("chatter").toString();
  private static final String LAB = "tables";
  private static final String ENGINE = LAB + "-n1";
  private static final int PODS = SHORT ? 5 : 250;
  private static final int SERVICES = SHORT ? 20 : 1000;
  private static final int TABLE = SHORT ? 131_072 : 524_288;
  private static final int SLICES = SHORT ? 1 : 12;
  private static final String SLICE = SHORT ? "200" : "500";
  private static final int LOT = 25;
  private static final int PORTS = 60_000;

  private static final List<Process> running = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    Files.createDirectories(WORK);
    must("gcc", "-static", "-O2", "-o", CHATTER, "bundles/datapath/src/test/c/chatter.c");
    weir("lab", "--name", LAB, "up");
    try {
      fewPods();
      bytesAnEntry();
      String server = serve("server");
      storms(server);
      fullTable(server);
      manyPods();
    } finally {
      for (Process process : running) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      weir("lab", "--name", LAB, "down");
    }
  }

  private static void fewPods() throws Exception {
    StringBuilder yaml = new StringBuilder();
    for (String name : List.of("server", "client", "storm", "victim")) {
      yaml.append(pod(name));
    }
    yaml.append(
        """
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: closed, namespace: default}
        spec:
          podSelector: {matchLabels: {app: victim}}
          policyTypes: [Ingress]
          ingress: [{ports: [{port: 1000, endPort: 2000, protocol: TCP}]}]
        """);
    apply(yaml.toString());
  }

  /** By what the kernel says of the engine's descriptors. */
  private static void bytesAnEntry() throws Exception {
    for (int key : new int[] {16, 40}) {
      String name = "memory of a flow's entry in the kernel, " + (key == 16 ? "IPv4" : "IPv6");
      row(name, memoryOfTable(key), "B", null, null, key == 16 ? "<= 160" : "<= 220");
    }
  }

  private static double memoryOfTable(int keyBytes) throws IOException {
    Pattern table =
        Pattern.compile("map_type:\\s+9\nkey_size:\\s+" + keyBytes + "\nvalue_size:\\s+64\nmax_entries:\\s+(\\d+)\n.*?memlock:\\s+(\\d+)", Pattern.DOTALL);
    try (var descriptors = Files.newDirectoryStream(engine().resolve("fdinfo"))) {
      for (Path descriptor : descriptors) {
        Matcher matcher = table.matcher(read(descriptor));
        if (matcher.find()) {
          return Double.parseDouble(matcher.group(2)) / Double.parseDouble(matcher.group(1));
        }
      }
    }
    throw new IllegalStateException("the engine has no table of flows open");
  }

  private static void storms(String server) throws Exception {
    String victim = address("victim");
    for (boolean permitted : new boolean[] {false, true}) {
      List<Double> calm = new ArrayList<>();
      List<Double> stormy = new ArrayList<>();
      for (int i = 0; i < SLICES; i++) {
        calm.add(trips(server)[2]);
        Process storm = flood(victim, permitted ? 1500 : 80);
        storm.inputReader().readLine();
        stormy.add(trips(server)[2]);
        end(storm);
      }
      ratio(
          "p99 of others' trips in a storm of " + (permitted ? "permitted" : "forbidden") + " SYNs, against none",
          stormy, calm, "ns", null);
    }
  }

  private static void fullTable(String server) throws Exception {
    String victim = address("victim");
    configure("flow-table-size-ipv4: \"" + TABLE + "\"");
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (number("most-entries") != TABLE) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the table has still " + number("most-entries") + " entries");
      }
    }
    List<Double> full = new ArrayList<>();
    List<Double> empty = new ArrayList<>();
    for (int i = 0; i < SLICES; i++) {
      weir("conntrack", "flush", "--yes");
      empty.add(trips(server)[0]);
      for (int port = 1000; port <= 1000 + TABLE / 2 / PORTS; port++) {
        Process storm = flood(victim, port);
        storm.inputReader().readLine();
        end(storm);
      }
      full.add(trips(server)[0]);
      if (number("entries") < TABLE * 0.8) {
        throw new IllegalStateException("the table has only " + number("entries") + " entries");
      }
    }
    ratio("tcp_rr with " + TABLE + " entries of others, against an empty table", full, empty, "1/s", ">= 0.97");
    weir("conntrack", "flush", "--yes");
    configure();
  }

  private static double number(String field) throws Exception {
    String maps = weir("maps", "-o", "json");
    Matcher matcher = Pattern.compile("\"map\":\"flows4\".*?\"" + field + "\":(\\d+)").matcher(maps);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + field + " of flows4 in " + maps);
    }
    return Double.parseDouble(matcher.group(1));
  }

  /** In lots, as many pods at once keep a busy machine from answering the plugin in time. */
  private static void manyPods() throws Exception {
    StringBuilder services = new StringBuilder();
    for (int i = 0; i < SERVICES; i++) {
      services.append(
          "---\napiVersion: v1\nkind: Service\nmetadata: {name: many-%d, namespace: default}\nspec: {selector: {app: many-%d}, ports: [{port: 80}]}\n"
              .formatted(i, i % PODS));
    }
    apply(services.toString());
    for (int i = 0; i < PODS; i += LOT) {
      StringBuilder pods = new StringBuilder();
      for (int k = i; k < Math.min(PODS, i + LOT); k++) {
        pods.append(pod("many-" + k));
      }
      apply(pods.toString());
    }
    Matcher resident = Pattern.compile("VmRSS:\\s+(\\d+)").matcher(read(engine().resolve("status")));
    resident.find();
    row(
        "rss with %d pods and %d services".formatted(PODS, SERVICES),
        Double.parseDouble(resident.group(1)) / 1024, "MB", null, null, "<= 350");
  }

  private static Path engine() throws IOException {
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        String command = read(process.resolve("cmdline"));
        if (command.contains("-Dweir.node=" + ENGINE) && command.contains("org.apache.karaf.main.Main")) {
          return process;
        }
      }
    }
    throw new IllegalStateException("no engine " + ENGINE);
  }

  /** Nothing where it has gone meanwhile. */
  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  private static String serve(String pod) throws Exception {
    String address = address(pod);
    Process server = exec(pod, "taskset", "-c", "1", CHATTER, "serve", address, "7777");
    if (!"ready".equals(server.inputReader().readLine())) {
      throw new IllegalStateException("no server in " + pod);
    }
    return address;
  }

  /** Trips a second, and their p50 and p99 in ns. */
  private static double[] trips(String server) throws Exception {
    String[] words =
        weir("lab", "--name", LAB, "exec", "client", "--", "taskset", "-c", "1", CHATTER, "trips", server, "7777", SLICE)
            .strip().split(" ");
    double[] figures = Arrays.stream(words).mapToDouble(Double::parseDouble).toArray();
    figures[0] *= 1000 / Double.parseDouble(SLICE);
    return figures;
  }

  private static Process flood(String victim, int port) throws Exception {
    return exec(
        "storm", "taskset", "-c", "0", CHATTER, "flood", address("storm"), victim, String.valueOf(port), String.valueOf(PORTS));
  }

  private static void end(Process process) throws Exception {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    process.waitFor();
  }

  private static String address(String pod) throws Exception {
    String json = weir("get", "pods", pod, "-o", "json");
    Matcher matcher = Pattern.compile("\"podIP\"\\s*:\\s*\"([^\"]+)\"").matcher(json);
    if (!matcher.find()) {
      throw new IllegalStateException("no podIP in " + json);
    }
    return matcher.group(1);
  }

  private static String pod(String name) {
    return ("---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: default, labels: {app: %s}}\n"
            + "spec: {containers: [{name: main, image: weir/pause}]}\n")
        .formatted(name, name);
  }

  private static void configure(String... settings) throws Exception {
    StringBuilder yaml =
        new StringBuilder("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata:\n  debug: \"false\"\n");
    for (String setting : settings) {
      yaml.append("  ").append(setting).append('\n');
    }
    apply(yaml.toString());
  }

  private static void apply(String yaml) throws Exception {
    Path file = WORK.resolve("tables.yaml");
    Files.writeString(file, yaml);
    weir("lab", "--name", LAB, "apply", "-f", file.toString());
  }

  private static Process exec(String pod, String... command) throws IOException {
    List<String> words = new ArrayList<>(List.of(WEIR, "lab", "--name", LAB, "exec", pod, "--"));
    words.addAll(Arrays.asList(command));
    Process process = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    running.add(process);
    return process;
  }

  private static String weir(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(WEIR));
    command.addAll(Arrays.asList(words));
    return must(command.toArray(String[]::new));
  }

  private static String must(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("WEIR_NODE", ENGINE);
    builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + " ended with " + process.exitValue() + ": " + out);
    }
    return out;
  }

  private static void ratio(String name, List<Double> values, List<Double> baselines, String unit, String required) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      ratios.add(values.get(i) / baselines.get(i));
    }
    row(name, median(values), unit, median(baselines), median(ratios), required);
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
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

  private TableBench() {}
}
