import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A pod's connections to the outside under the node's address, against a client behind a router that masquerades by nftables. Both
 * ask the same server in the lab's world, over a veth each to the same bridge. All are pinned to one CPU, and measured in turns.
 */
class MasqueradeBench {
  private static final String LAB = "benchm";
  private static final String PORT = "7778";
  private static final List<String> SERVERS = List.of("203.0.113.10", "2001:db8::10");

  private final Bench bench = new Bench(LAB);

  private MasqueradeBench() throws IOException {}

  public static void main(String[] arguments) throws Exception {
    MasqueradeBench masquerade = new MasqueradeBench();
    Bench.must("gcc", "-static", "-O2", "-o", Bench.CRR.toString(), "itests/bench/crr.c");
    masquerade.bench.lab("up");
    try (KernelRouter router = new KernelRouter()) {
      masquerade.measure(router);
    } finally {
      masquerade.bench.lab("down");
    }
  }

  private void measure(KernelRouter router) throws Exception {
    bench.apply(Bench.pod("client"));
    for (String mode : List.of("rr", "client")) {
      for (String server : SERVERS) {
        String name = mode.equals("rr") ? "tcp_rr" : "tcp_crr";
        String family = server.contains(":") ? ", IPv6" : ", IPv4";
        Bench.compare(
            name + " pod to outside, masqueraded, against nftables" + family, ">= 1.05",
            () -> bench.lab("exec", "client", "--", Bench.CRR.toString(), mode, server, PORT, Bench.CPU, Bench.SLICE),
            () -> router.client(mode, server));
      }
    }
  }

  /** client (weir-benchm-c) ── router (weir-benchm-r), which masquerades ── the bridge of the lab's world; and the server there. */
  private static final class KernelRouter implements AutoCloseable {
    private static final String WORLD = "weir-" + LAB + "-world";
    private final Process server;

    KernelRouter() throws Exception {
      remove();
      for (String end : List.of("c", "r")) {
        Bench.must("ip", "netns", "add", "weir-benchm-" + end);
        ip(end, "link", "set", "lo", "up");
      }
      ip("c", "link", "add", "eth0", "type", "veth", "peer", "name", "pod", "netns", "weir-benchm-r");
      ip("r", "link", "add", "eth0", "type", "veth", "peer", "name", "kernel", "netns", WORLD);
      Bench.must("ip", "-n", WORLD, "link", "set", "kernel", "master", "br0", "up");
      address("c", "eth0", "10.250.9.2/24", "fd25:9::2/64");
      address("r", "pod", "10.250.9.1/24", "fd25:9::1/64");
      address("r", "eth0", "172.30.0.200/24", "fd30::200/64");
      gateway("c", "10.250.9.1", "fd25:9::1");
      gateway("r", "172.30.0.1", "fd30::1");
      inside("r", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
      inside("r", "nft", "add table inet m; add chain inet m post { type nat hook postrouting priority srcnat; }; "
          + "add rule inet m post ip saddr 10.250.9.0/24 masquerade; add rule inet m post ip6 saddr fd25:9::/64 masquerade");
      server = new ProcessBuilder("nsenter", "--net=/run/netns/" + WORLD, Bench.CRR.toString(), "server", PORT, Bench.CPU).start();
    }

    String client(String mode, String address) throws Exception {
      return inside("c", Bench.CRR.toString(), mode, address, PORT, Bench.CPU, Bench.SLICE);
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
      Bench.must(all.toArray(String[]::new));
    }

    private static String inside(String end, String... command) throws Exception {
      List<String> all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/weir-benchm-" + end));
      all.addAll(Arrays.asList(command));
      return Bench.must(all.toArray(String[]::new));
    }

    private static void remove() throws Exception {
      for (String end : List.of("c", "r")) {
        Bench.run(Map.of(), new File("/dev/null"), "ip", "netns", "del", "weir-benchm-" + end);
      }
    }

    @Override
    public void close() throws Exception {
      Bench.end(server);
      remove();
    }
  }
}
