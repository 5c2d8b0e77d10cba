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

/**
 * A pod's connections to the outside under the node's address, against a client behind a router that masquerades by nftables. Both
 * ask the same server in the lab's world, over a veth each to the same bridge. All are pinned to one CPU, and measured in turns.
 */
class MasqueradeBench {
  private static final boolean SHORT = "short".equals(System.getenv("BENCH"));
  private static final Path HOME = Path.of("karaf-distribution/target/weir").toAbsolutePath();
  private static final String WEIR = HOME.resolve("bin/weir").toString();
  private static final Path WORK = Path.of("target/bench").toAbsolutePath();
  private static final Path CRR = WORK.resolve("crr");
  private static final String LAB = "benchm";
  private static final String CPU = "1";
  private static final String PORT = "7778";
  private static final String SLICE = SHORT ? "200" : "500";
  private static final int SLICES = SHORT ? 2 : 20;
  private static final List<String> SERVERS = List.of("203.0.113.10", "2001:db8::10");

  public static void main(String[] arguments) throws Exception {
    Files.createDirectories(WORK);
    must("gcc", "-static", "-O2", "-o", CRR.toString(), "itests/bench/crr.c");
    lab("up");
    try (KernelRouter router = new KernelRouter()) {
      Path pod = WORK.resolve("masquerade.yaml");
      Files.writeString(
          pod,
          "apiVersion: v1\nkind: Pod\nmetadata: {name: client}\n"
              + "spec: {containers: [{name: main, image: weir/pause}]}\n");
      lab("apply", "-f", pod.toString());
      for (String mode : List.of("rr", "client")) {
        for (String server : SERVERS) {
          compare(router, mode, server);
        }
      }
    } finally {
      lab("down");
    }
  }

  private static void compare(KernelRouter router, String mode, String server) throws Exception {
    await(router, mode, server);
    List<Double> weir = new ArrayList<>();
    List<Double> kernel = new ArrayList<>();
    for (int i = 0; i < SLICES; i++) {
      if (i % 2 == 0) { // what comes second has no advantage
        kernel.add(trips(router.client(mode, server)));
        weir.add(trips(pod(mode, server)));
      } else {
        weir.add(trips(pod(mode, server)));
        kernel.add(trips(router.client(mode, server)));
      }
    }
    String name = mode.equals("rr") ? "tcp_rr" : "tcp_crr";
    String family = server.contains(":") ? ", IPv6" : ", IPv4";
    ratio(name + " pod to outside, masqueraded, against nftables" + family, weir, kernel);
  }

  /** Until servers, neighbours and policies are there. */
  private static void await(KernelRouter router, String mode, String server) throws Exception {
    for (int i = 0; !answersAll(router.client(mode, server)) || !answersAll(pod(mode, server)); i++) {
      if (i == 20) {
        throw new IllegalStateException("no answer from " + server);
      }
    }
  }

  private static boolean answersAll(String printed) {
    String[] counts = printed.strip().split("\\s+");
    return !counts[0].equals("0") && counts[1].equals("0");
  }

  private static double trips(String printed) {
    if (!answersAll(printed)) {
      throw new IllegalStateException("expected no failures, got " + printed);
    }
    return Double.parseDouble(printed.strip().split("\\s+")[0]) / Double.parseDouble(SLICE) * 1000;
  }

  private static String pod(String mode, String server) throws Exception {
    return must(WEIR, "lab", "--name", LAB, "exec", "client", "--", CRR.toString(), mode, server, PORT, CPU, SLICE);
  }

  /** client (weir-benchm-c) ── router (weir-benchm-r), which masquerades ── the bridge of the lab's world; and the server there. */
  private static final class KernelRouter implements AutoCloseable {
    private static final String WORLD = "weir-" + LAB + "-world";
    private final Process server;

    KernelRouter() throws Exception {
      remove();
      for (String end : List.of("c", "r")) {
        must("ip", "netns", "add", "weir-benchm-" + end);
        ip(end, "link", "set", "lo", "up");
      }
      ip("c", "link", "add", "eth0", "type", "veth", "peer", "name", "pod", "netns", "weir-benchm-r");
      ip("r", "link", "add", "eth0", "type", "veth", "peer", "name", "kernel", "netns", WORLD);
      must("ip", "-n", WORLD, "link", "set", "kernel", "master", "br0", "up");
      address("c", "eth0", "10.250.9.2/24", "fd25:9::2/64");
      address("r", "pod", "10.250.9.1/24", "fd25:9::1/64");
      address("r", "eth0", "172.30.0.200/24", "fd30::200/64");
      gateway("c", "10.250.9.1", "fd25:9::1");
      gateway("r", "172.30.0.1", "fd30::1");
      inside("r", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
      inside("r", "nft", "add table inet m; add chain inet m post { type nat hook postrouting priority srcnat; }; "
          + "add rule inet m post ip saddr 10.250.9.0/24 masquerade; add rule inet m post ip6 saddr fd25:9::/64 masquerade");
      server = new ProcessBuilder("nsenter", "--net=/run/netns/" + WORLD, CRR.toString(), "server", PORT, CPU).start();
    }

    String client(String mode, String address) throws Exception {
      return inside("c", CRR.toString(), mode, address, PORT, CPU, SLICE);
    }

    private static void address(String end, String device, String... addresses) throws Exception {
      ip(end, "link", "set", device, "up");
      for (String each : addresses) {
        ip(end, each.contains(":") ? new String[] {"addr", "add", each, "dev", device, "nodad"}
            : new String[] {"addr", "add", each, "dev", device});
      }
    }

    private static void gateway(String end, String four, String six) throws Exception {
      ip(end, "route", "add", "default", "via", four);
      ip(end, "-6", "route", "add", "default", "via", six);
    }

    private static void ip(String end, String... words) throws Exception {
      List<String> all = new ArrayList<>(List.of("ip", "-n", "weir-benchm-" + end));
      all.addAll(Arrays.asList(words));
      must(all.toArray(String[]::new));
    }

    private static String inside(String end, String... command) throws Exception {
      List<String> all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/weir-benchm-" + end));
      all.addAll(Arrays.asList(command));
      return must(all.toArray(String[]::new));
    }

    private static void remove() throws Exception {
      for (String end : List.of("c", "r")) {
        run("ip", "netns", "del", "weir-benchm-" + end);
      }
    }

    @Override
    public void close() throws Exception {
      server.destroy();
      server.waitFor();
      remove();
    }
  }

  /** Medians of two series measured in turns; the ratio is the median of the ratios of neighbours. */
  private static void ratio(String name, List<Double> values, List<Double> baselines) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      ratios.add(values.get(i) / baselines.get(i));
    }
    System.out.printf(
        Locale.ROOT,
        "{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"1/s\",\"baseline\":%.3f,\"ratio\":%.4f,\"required\":\">= 1.05\"}%n",
        name, median(values), median(baselines), median(ratios));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private record Result(int code, String out) {}

  private static void lab(String verb, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(WEIR, "lab", "--name", LAB, verb));
    command.addAll(Arrays.asList(arguments));
    must(command.toArray(String[]::new));
  }

  private static String must(String... command) throws Exception {
    Result result = run(command);
    if (result.code() != 0) {
      throw new IllegalStateException(String.join(" ", command) + " ended with " + result.code() + ": " + result.out());
    }
    return result.out();
  }

  private static Result run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(new File("/dev/null"));
    builder.environment().putAll(Map.of("WEIR_NODE", LAB + "-n1"));
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes());
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException(String.join(" ", command) + " has not ended in two minutes");
    }
    return new Result(process.exitValue(), out);
  }

  private MasqueradeBench() {}
}
