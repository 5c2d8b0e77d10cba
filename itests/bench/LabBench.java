import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * The figures of a running node, in a lab of its own: start to enforcing, memory and CPU then, policies applied, and CNI ADD.
 */
class LabBench {
  private final Bench bench = new Bench("bench");

  private LabBench() throws IOException {}

  public static void main(String[] arguments) throws Exception {
    new LabBench().measure();
  }

  private void measure() throws Exception {
    bench.lab("up");
    try {
      startAndMemory();
      newPods();
      idle();
      policies();
      cniAdds();
    } finally {
      bench.lab("down");
    }
  }

  /** A second start, with the cache there: the first one also unpacks. */
  private void startAndMemory() throws Exception {
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < (Bench.SHORT ? 1 : 3); i++) {
      bench.lab("kill", "n1");
      long begin = System.nanoTime();
      bench.lab("start", "n1");
      while (bench.tryWeir("status").code() != 0) {
        if (System.nanoTime() - begin > 60e9) {
          throw new IllegalStateException(bench.tryWeir("status").out());
        }
        Thread.onSpinWait();
      }
      seconds.add((System.nanoTime() - begin) / 1e9);
    }
    Bench.row("start to enforcing", Bench.percentile(seconds, 50), "s", "<= 5");
    Bench.row("rss after start", bench.residentMegabytes(), "MB", "<= 230");
  }

  /** From the start of an engine after a kill to a pod's interface; its runtime asks again while it is refused. */
  private void newPods() throws Exception {
    List<Double> seconds = new ArrayList<>();
    String name = "weir-bench-late";
    for (int i = 0; i < (Bench.SHORT ? 1 : 3); i++) {
      Bench.must("ip", "netns", "add", name);
      try {
        bench.lab("kill", "n1");
        long begin = System.nanoTime();
        FutureTask<String> start = new FutureTask<>(() -> bench.lab("start", "n1"));
        new Thread(start).start();
        Bench.Result result = cni("ADD", name);
        while (result.code() != 0) {
          if (System.nanoTime() - begin > 60e9) {
            throw new IllegalStateException("CNI ADD: " + result.out());
          }
          TimeUnit.MILLISECONDS.sleep(100);
          result = cni("ADD", name);
        }
        seconds.add((System.nanoTime() - begin) / 1e9);
        start.get();
      } finally {
        cni("DEL", name);
        Bench.must("ip", "netns", "del", name);
      }
    }
    Bench.row("new pod after kill -9", Bench.percentile(seconds, 50), "s", "<= 5");
  }

  /** What an engine takes of a CPU while nothing happens, once the JVM has compiled what its start left over. */
  private void idle() throws Exception {
    double seconds = Bench.SHORT ? 2 : 30;
    TimeUnit.MILLISECONDS.sleep((long) (seconds * 1000));
    double before = cpuSeconds();
    TimeUnit.MILLISECONDS.sleep((long) (seconds * 1000));
    Bench.row("cpu of an idle engine", (cpuSeconds() - before) / seconds, "cores", "<= 0.01");
  }

  private double cpuSeconds() throws IOException {
    String stat = Files.readString(bench.process().resolve("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Double.parseDouble(fields[11]) + Double.parseDouble(fields[12])) / 100; // utime, stime: proc(5)
  }

  /** From the call of the client to its return, which says that the policy is in force at the pod that it selects. */
  private void policies() throws Exception {
    bench.apply(Bench.pod("isolated"));
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < (Bench.SHORT ? 5 : 100); i++) {
      Path file =
          Files.writeString(
              Bench.WORK.resolve("policy.yaml"),
              ("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: bench-%s}\nspec:\n"
                      + "  endpointSelector: {matchLabels: {app: isolated}}\n"
                      + "  ingress: [{fromEndpoints: [{matchLabels: {app: other-%s}}], toPorts: [{ports: [{port: \"%s\", protocol: TCP}]}]}]\n")
                  .formatted(i, i, 1000 + i));
      long begin = System.nanoTime();
      bench.weir("apply", "-f", file.toString());
      millis.add((System.nanoTime() - begin) / 1e6);
    }
    Bench.row("policy applied to enforced, p99", Bench.percentile(millis, 99), "ms", "<= 100");
    Bench.row("policy applied to enforced, p50", Bench.percentile(millis, 50), "ms", null);
  }

  private void cniAdds() throws Exception {
    int count = Bench.SHORT ? 5 : 250;
    List<Double> millis = new ArrayList<>();
    List<String> made = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        String name = "weir-bench-pod-" + i;
        Bench.must("ip", "netns", "add", name);
        made.add(name);
        long begin = System.nanoTime();
        Bench.Result result = cni("ADD", name);
        millis.add((System.nanoTime() - begin) / 1e6);
        if (result.code() != 0) {
          throw new IllegalStateException("CNI ADD: " + result.out());
        }
      }
    } finally {
      for (String name : made) {
        cni("DEL", name);
        Bench.run(Map.of(), new File("/dev/null"), "ip", "netns", "del", name);
      }
    }
    Bench.row("cni add, p99", Bench.percentile(millis, 99), "ms", "<= 100");
    Bench.row("cni add, p50", Bench.percentile(millis, 50), "ms", null);
  }

  private Bench.Result cni(String command, String name) throws Exception {
    Path config =
        Files.writeString(
            Bench.WORK.resolve("cni.json"),
            "{\"cniVersion\":\"1.0.0\",\"name\":\"weir\",\"type\":\"weir-cni\",\"node\":\"" + bench.engine() + "\"}");
    Map<String, String> environment =
        Map.of(
            "CNI_COMMAND", command, "CNI_CONTAINERID", name, "CNI_NETNS", "/run/netns/" + name,
            "CNI_IFNAME", "eth0", "CNI_PATH", Bench.HOME.resolve("bin").toString(), "WEIR_NODE", bench.engine(),
            "CNI_ARGS", "K8S_POD_NAMESPACE=default;K8S_POD_NAME=" + name);
    return Bench.run(environment, config.toFile(), Bench.HOME.resolve("bin/weir-cni").toString());
  }
}
