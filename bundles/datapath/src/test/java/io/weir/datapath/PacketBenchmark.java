package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import io.weir.itests.testing.packet.SkBuff;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.TestRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What packets cost in the kernel, by test-run, in multiples of what a look-up in, or an insertion
 * into, the same map costs in the same run. Figures are medians of rounds in which all programs
 * take turns; ratios are of each round. Prints one JSON object a line.
 */
final class PacketBenchmark {
  private static final boolean SHORT = "short".equals(System.getenv("BENCH"));
  private static final int ROUNDS = SHORT ? 3 : 25;
  private static final int RUNS = SHORT ? 10_000 : 50_000;
  private static final int IDENTITIES = 3000;
  private static final int RULES = 1000;
  private static final int TCP = 6;

  private final TestNode node = new TestNode("bench");
  private final Pod a = node.pod(1, 1001);
  private final Pod b = node.pod(2, 1002);
  private final BpfObject object;

  private PacketBenchmark() throws IOException {
    object = TestObject.load(node, "first");
  }

  public static void main(String[] arguments) throws IOException {
    PacketBenchmark bench = new PacketBenchmark();
    try {
      bench.established(false, "<= 2.0");
      bench.established(true, "<= 1.8");
      bench.firstPacket(false);
      bench.firstPacket(true);
    } finally {
      bench.object.close();
      bench.node.close();
    }
  }

  /** Of an established flow: what the packet costs over nothing, against what a look-up does. */
  private void established(boolean six, String required) {
    node.put();
    byte[] packet = Packet.tcp(a.party(), 40000, b.party(), 80, six, Packet.ACK).bytes();
    node.fromPod(a, Packet.tcp(a.party(), 40000, b.party(), 80, six, Packet.SYN));
    String lookup = six ? "look_up6" : "look_up4";
    Rounds rounds = measure(packet, 1, 1, "established", lookup);
    print("established packet" + family(six), rounds, "established", lookup, required);
  }

  /**
   * Of a flow that begins with each packet. The decision alone is of the same packet again and
   * again, all that it reads is warm. With insertion of both entries the ports count up, to another
   * pod; with all that is told and done besides, to one destination elsewhere, too; then to 3,000
   * destinations in turn, each an identity of its own, on 1,000 ports in turn: under a policy of
   * one rule, and of a rule a port for all of those identities.
   */
  private void firstPacket(boolean six) {
    String lookup = six ? "look_up6" : "look_up4";
    String insert = six ? "insert6" : "insert4";
    peers();
    byte[] packet = Packet.tcp(a.party(), 40000, outside(), 80, six, Packet.SYN).bytes();
    node.policy(
        node.compiled(a, Direction.EGRESS, PolicyVerdict.DENY, false, 99, Map.of(0, oneRule())));
    node.put();
    byte[] toPod = Packet.tcp(a.party(), 40001, b.party(), 80, six, Packet.SYN).bytes();
    Rounds warm = measure(toPod, 0, 1, "decide_only", lookup);
    print("first packet, decision" + family(six), warm, "decide_only", lookup, "<= 10");
    Rounds local = measure(toPod, 0, 65535, "decide_and_store", "first", insert);
    print("first packet, with insertion" + family(six), local, "decide_and_store", insert, "<= 3");
    print("first packet, told and sent" + family(six), local, "first", insert, null);
    Rounds out = measure(packet, 1, 65535, "first", insert);
    print("first packet to another node, told and sent" + family(six), out, "first", insert, null);

    double few = measure(packet, IDENTITIES, RULES, "first").median("first");
    List<PolicyEntry> rules =
        IntStream.rangeClosed(1, RULES).mapToObj(port -> TestNode.allow(TCP, port, port)).toList();
    Map<Integer, Integer> classes = new HashMap<>();
    IntStream.rangeClosed(1, IDENTITIES).forEach(n -> classes.put(identity(n), 98));
    node.policy(
        new CompiledPolicy(
            a.egressSlot(),
            Direction.EGRESS,
            a.identity(),
            PolicyVerdict.DENY,
            false,
            0,
            classes,
            Map.of(98, rules)));
    node.put();
    double many = measure(packet, IDENTITIES, RULES, "first").median("first");
    print(
        "first packet, 1,000 rules x 3,000 identities" + family(six),
        many,
        few,
        many / few,
        "<= 2");
  }

  private static List<PolicyEntry> oneRule() {
    return List.of(new PolicyEntry(TCP, 0, 0, PolicyVerdict.ALLOW, 1));
  }

  private static int identity(int number) {
    return 20_000 + number;
  }

  private static Party outside() {
    return Party.outside("172.16.0.1", "2001:db8:1::1");
  }

  private void peers() {
    List<PrefixIdentity> prefixes = new ArrayList<>();
    for (int n = 1; n <= IDENTITIES; n++) {
      prefixes.add(
          new PrefixIdentity(
              Prefix.host(Address.parse("172.16.%d.%d".formatted(n >> 8, n & 255))), identity(n)));
      prefixes.add(
          new PrefixIdentity(
              Prefix.host(Address.parse("2001:db8:1::%x".formatted(n))), identity(n)));
    }
    node.prefixes(prefixes);
  }

  /** Nanoseconds of each program in each round, over those of an empty one in the same. */
  private record Rounds(Map<String, List<Double>> nanos) {
    double median(String program) {
      return middle(nanos.get(program).stream());
    }

    /** Of the two in each round: a shared machine's speed changes from one to the next. */
    double ratio(String program, String baseline) {
      List<Double> ones = nanos.get(program);
      List<Double> others = nanos.get(baseline);
      return middle(IntStream.range(0, ROUNDS).mapToObj(i -> ones.get(i) / others.get(i)));
    }

    private static double middle(Stream<Double> values) {
      return values.sorted().skip(ROUNDS / 2).findFirst().orElseThrow();
    }
  }

  private Rounds measure(byte[] packet, int identities, int ports, String... programs) {
    Map<String, List<Double>> nanos = new LinkedHashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      double empty = run("nothing", packet, identities, ports);
      for (String program : programs) {
        nanos
            .computeIfAbsent(program, key -> new ArrayList<>())
            .add(run(program, packet, identities, ports) - empty);
      }
      node.told();
    }
    return new Rounds(nanos);
  }

  /** What the look-ups find; insertions of other rounds may have evicted it. */
  private void fill() {
    byte[] key4 = new byte[16];
    ByteBuffer words = ByteBuffer.wrap(key4).order(ByteOrder.nativeOrder());
    words.putInt(1).putInt(2).putShort((short) 3).putShort((short) 4);
    node.kernel.map("flows4").update(key4, new byte[64]);
    byte[] key6 = new byte[40];
    ByteBuffer.wrap(key6)
        .order(ByteOrder.nativeOrder())
        .putShort(32, (short) 3)
        .putShort(34, (short) 4);
    node.kernel.map("flows6").update(key6, new byte[64]);
  }

  private double run(String name, byte[] packet, int identities, int ports) {
    fill();
    try (BpfProgram program = object.program(name)) {
      byte[] places = new byte[12];
      ByteBuffer words = ByteBuffer.wrap(places).order(ByteOrder.nativeOrder());
      words.putInt(0, start += RUNS).putInt(4, identities).putInt(8, ports);
      try (var map = object.map("places")) {
        map.update(new byte[4], places);
      }
      TestRun run = TestRun.of(packet).context(SkBuff.at(a.ifindex())).repeat(RUNS);
      TestRun.Result result =
          node.linux.namespaces().call(node.netns.path(), () -> program.run(run));
      if (result.code() == TestNode.TC_SHOT) {
        throw new IllegalStateException(name + ": expected a packet that passes, came a drop");
      }
      return result.nanos();
    }
  }

  private int start;

  private static String family(boolean six) {
    return six ? ", IPv6" : ", IPv4";
  }

  private static void print(
      String name, Rounds rounds, String program, String baseline, String required) {
    print(
        name,
        rounds.median(program),
        rounds.median(baseline),
        rounds.ratio(program, baseline),
        required);
  }

  private static void print(
      String name, double value, double baseline, double ratio, String required) {
    System.out.printf(
        Locale.ROOT,
        "{\"name\": \"%s\", \"value\": %.1f, \"unit\": \"ns\", \"baseline\": %.1f, \"ratio\": %.2f,"
            + " \"required\": %s}%n",
        name,
        value,
        baseline,
        ratio,
        required == null ? "null" : '"' + required + '"');
  }
}
