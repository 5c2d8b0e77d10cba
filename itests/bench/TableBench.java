import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What full tables cost a running node, in a lab of its own: memory with many pods and services, the kernel's memory for a flow,
 * trips on an established connection with a table full of others' flows against an empty one, and what a storm of SYNs costs
 * the others. Who asks and who answers share CPU 1, a storm has CPU 0.
 */
class TableBench {
  private static final boolean SHORT = Bench.SHORT;
  private static final String CHATTER = Bench.WORK.resolve("chatter").toString();
  private static final int PODS = SHORT ? 5 : 250;
  private static final int SERVICES = SHORT ? 20 : 1000;
  private static final int TABLE = SHORT ? 131_072 : 524_288;
  private static final int SLICES = SHORT ? 1 : 12;
  private static final int LOT = 25;
  private static final int PORTS = 60_000;

  private final Bench bench = new Bench("tables");
  private final List<Process> running = new ArrayList<>();

  private TableBench() throws IOException {}

  public static void main(String[] arguments) throws Exception {
    new TableBench().measure();
  }

  private void measure() throws Exception {
    Bench.must("gcc", "-static", "-O2", "-o", CHATTER, "bundles/datapath/src/test/c/chatter.c");
    bench.lab("up");
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
      bench.lab("down");
    }
  }

  private void fewPods() throws Exception {
    StringBuilder yaml = new StringBuilder();
    for (String name : List.of("server", "client", "storm", "victim")) {
      yaml.append(Bench.pod(name));
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
    bench.apply(yaml.toString());
  }

  /** By what the kernel says of the engine's descriptors. */
  private void bytesAnEntry() throws Exception {
    for (int key : new int[] {16, 40}) {
      String name = "memory of a flow's entry in the kernel, " + (key == 16 ? "IPv4" : "IPv6");
      Bench.row(name, memoryOfTable(key), "B", key == 16 ? "<= 160" : "<= 220");
    }
  }

  private double memoryOfTable(int keyBytes) throws IOException {
    Pattern table =
        Pattern.compile("map_type:\\s+9\nkey_size:\\s+" + keyBytes + "\nvalue_size:\\s+64\nmax_entries:\\s+(\\d+)\n.*?memlock:\\s+(\\d+)", Pattern.DOTALL);
    try (var descriptors = Files.newDirectoryStream(bench.process().resolve("fdinfo"))) {
      for (Path descriptor : descriptors) {
        Matcher matcher = table.matcher(Bench.read(descriptor));
        if (matcher.find()) {
          return Double.parseDouble(matcher.group(2)) / Double.parseDouble(matcher.group(1));
        }
      }
    }
    throw new IllegalStateException("the engine has no table of flows open");
  }

  private void storms(String server) throws Exception {
    String victim = bench.addresses("victim").get(0);
    for (boolean permitted : new boolean[] {false, true}) {
      List<Double> calm = new ArrayList<>();
      List<Double> stormy = new ArrayList<>();
      for (int i = 0; i < SLICES; i++) {
        calm.add(trips(server)[2]);
        Process storm = flood(victim, permitted ? 1500 : 80);
        storm.inputReader().readLine();
        stormy.add(trips(server)[2]);
        Bench.end(storm);
      }
      Bench.ratio(
          "p99 of others' trips in a storm of " + (permitted ? "permitted" : "forbidden") + " SYNs, against none",
          stormy, calm, "ns", null);
    }
  }

  private void fullTable(String server) throws Exception {
    String victim = bench.addresses("victim").get(0);
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
      bench.weir("conntrack", "flush", "--yes");
      empty.add(trips(server)[0]);
      for (int port = 1000; port <= 1000 + TABLE / 2 / PORTS; port++) {
        Process storm = flood(victim, port);
        storm.inputReader().readLine();
        Bench.end(storm);
      }
      full.add(trips(server)[0]);
      if (number("entries") < TABLE * 0.8) {
        throw new IllegalStateException("the table has only " + number("entries") + " entries");
      }
    }
    Bench.ratio("tcp_rr with " + TABLE + " entries of others, against an empty table", full, empty, "1/s", ">= 0.97");
    bench.weir("conntrack", "flush", "--yes");
    configure();
  }

  private double number(String field) throws Exception {
    String maps = bench.weir("maps", "-o", "json");
    Matcher matcher = Pattern.compile("\"map\":\"flows4\".*?\"" + field + "\":(\\d+)").matcher(maps);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + field + " of flows4 in " + maps);
    }
    return Double.parseDouble(matcher.group(1));
  }

  /** In lots, as many pods at once keep a busy machine from answering the plugin in time. */
  private void manyPods() throws Exception {
    StringBuilder services = new StringBuilder();
    for (int i = 0; i < SERVICES; i++) {
      services.append(
          "---\napiVersion: v1\nkind: Service\nmetadata: {name: many-%s, namespace: default}\nspec: {selector: {app: many-%s}, ports: [{port: 80}]}\n"
              .formatted(i, i % PODS));
    }
    bench.apply(services.toString());
    for (int i = 0; i < PODS; i += LOT) {
      StringBuilder pods = new StringBuilder();
      for (int k = i; k < Math.min(PODS, i + LOT); k++) {
        pods.append(Bench.pod("many-" + k));
      }
      bench.apply(pods.toString());
    }
    Bench.row(
        "rss with " + PODS + " pods and " + SERVICES + " services",
        bench.residentMegabytes(), "MB", "<= 350");
  }

  private String serve(String pod) throws Exception {
    String address = bench.addresses(pod).get(0);
    Process server = exec(pod, "taskset", "-c", "1", CHATTER, "serve", address, "7777");
    if (!"ready".equals(server.inputReader().readLine())) {
      throw new IllegalStateException("no server in " + pod);
    }
    return address;
  }

  /** Trips a second, and their p50 and p99 in ns. */
  private double[] trips(String server) throws Exception {
    String[] words =
        bench.lab("exec", "client", "--", "taskset", "-c", "1", CHATTER, "trips", server, "7777", Bench.SLICE)
            .strip().split(" ");
    double[] figures = Arrays.stream(words).mapToDouble(Double::parseDouble).toArray();
    figures[0] *= 1000 / Double.parseDouble(Bench.SLICE);
    return figures;
  }

  private Process flood(String victim, int port) throws Exception {
    return exec(
        "storm", "taskset", "-c", "0", CHATTER, "flood", bench.addresses("storm").get(0), victim, String.valueOf(port), String.valueOf(PORTS));
  }

  private void configure(String... settings) throws Exception {
    StringBuilder yaml =
        new StringBuilder("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata:\n  debug: \"false\"\n");
    for (String setting : settings) {
      yaml.append("  ").append(setting).append('\n');
    }
    bench.apply(yaml.toString());
  }

  private Process exec(String pod, String... command) throws IOException {
    Process process = bench.exec(pod, command);
    running.add(process);
    return process;
  }
}
