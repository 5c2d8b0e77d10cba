import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What pods' connections cost, in a lab of its own: round trips, connections and bytes between two pods against a router that the
 * plain kernel is, and connections through a ClusterIP against direct ones, with one service and with ten thousand. Both ends are pinned to
 * one CPU, and what is compared is measured in turns, since a shared machine's speed changes by the second.
 */
class PathBench {
  private static final String PORT = "7777";
  private static final int SERVICES = Bench.SHORT ? 100 : 10_000;
  private static final int LOT = 500;

  private final Bench bench = new Bench("benchp");

  private PathBench() throws IOException {}

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

  public static void main(String[] arguments) throws Exception {
    PathBench path = new PathBench();
    Bench.must("gcc", "-static", "-O2", "-o", Bench.CRR.toString(), "itests/bench/crr.c");
    try (PlainRouter router = new PlainRouter()) {
      path.bench.lab("up");
      try {
        path.measure(router);
      } finally {
        path.bench.lab("down");
      }
    }
  }

  private void measure(PlainRouter router) throws Exception {
    bench.apply(Bench.pod("crr-server") + Bench.pod("crr-client") + service("crr"));
    Process server = bench.exec("crr-server", Bench.CRR.toString(), "server", PORT, Bench.CPU);
    try {
      List<String> pods = bench.addresses("crr-server");
      for (Mode mode : Mode.values()) {
        for (String pod : pods) {
          boolean six = pod.contains(":");
          Bench.compare(
              mode.label + " pod to pod, against plain forwarding" + (six ? ", IPv6" : ", IPv4"), mode.required,
              () -> pod(mode, pod, PORT), () -> router.client(mode, six));
        }
      }
      throughService(pods.get(0), "tcp_crr through a ClusterIP, against direct");
      for (int first = 0; first < SERVICES; first += LOT) {
        bench.apply(
            IntStream.range(first, Math.min(SERVICES, first + LOT))
                .mapToObj(number -> service("s" + number))
                .collect(Collectors.joining()));
      }
      throughService(pods.get(0), "tcp_crr through one of " + SERVICES + " ClusterIPs, against direct");
    } finally {
      Bench.end(server);
    }
  }

  private void throughService(String pod, String row) throws Exception {
    String ip = Bench.all(bench.weir("get", "services", "crr", "-o", "json"), "clusterIP").get(0);
    Bench.compare(row, ">= 0.95", () -> pod(Mode.CRR, ip, "81"), () -> pod(Mode.CRR, pod, PORT));
  }

  private String pod(Mode mode, String address, String port) throws Exception {
    return bench.lab("exec", "crr-client", "--", Bench.CRR.toString(), mode.word, address, port, Bench.CPU, Bench.SLICE);
  }

  private static String service(String name) {
    return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name + "}\n"
        + "spec: {selector: {app: crr-server}, ports: [{port: 81, targetPort: " + PORT + "}]}\n";
  }

  /** Two namespaces joined by a third that forwards, and no program anywhere. */
  private static final class PlainRouter implements AutoCloseable {
    private final Process server;

    PlainRouter() throws Exception {
      remove();
      for (String end : List.of("a", "r", "b")) {
        Bench.must("ip", "netns", "add", "weir-bench-" + end);
        inside(end, "ip", "link", "set", "lo", "up");
      }
      inside("r", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
      join("a", 1);
      join("b", 2);
      server =
          new ProcessBuilder("nsenter", "--net=/run/netns/weir-bench-b", Bench.CRR.toString(), "server", PORT, Bench.CPU).start();
    }

    private void join(String end, int number) throws Exception {
      String four = "10.250." + number + ".";
      String six = "fd25:" + number + "::";
      Bench.must("ip", "-n", "weir-bench-" + end, "link", "add", "eth0", "type", "veth", "peer", "name", "to-" + end, "netns", "weir-bench-r");
      for (String[] side : new String[][] {{end, "eth0", "2"}, {"r", "to-" + end, "1"}}) {
        String place = "weir-bench-" + side[0];
        Bench.must("ip", "-n", place, "link", "set", side[1], "up");
        Bench.must("ip", "-n", place, "addr", "add", four + side[2] + "/24", "dev", side[1]);
        Bench.must("ip", "-n", place, "addr", "add", six + side[2] + "/64", "dev", side[1], "nodad");
      }
      Bench.must("ip", "-n", "weir-bench-" + end, "route", "add", "default", "via", four + "1");
      Bench.must("ip", "-n", "weir-bench-" + end, "-6", "route", "add", "default", "via", six + "1");
    }

    String client(Mode mode, boolean six) throws Exception {
      return inside("a", Bench.CRR.toString(), mode.word, six ? "fd25:2::2" : "10.250.2.2", PORT, Bench.CPU, Bench.SLICE);
    }

    private static String inside(String end, String... command) throws Exception {
      List<String> all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/weir-bench-" + end));
      all.addAll(Arrays.asList(command));
      return Bench.must(all.toArray(String[]::new));
    }

    private static void remove() throws Exception {
      for (String end : List.of("a", "r", "b")) {
        Bench.run(Map.of(), new File("/dev/null"), "ip", "netns", "del", "weir-bench-" + end);
      }
    }

    @Override
    public void close() throws Exception {
      Bench.end(server);
      remove();
    }
  }
}
