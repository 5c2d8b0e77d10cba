package io.weir.datapath;

import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.Commands;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * What events cost connections between pods: TCP_CRR with the programs as they are, whose events
 * are read meanwhile, against the same programs telling nothing. Both ends are on one CPU; both
 * objects are loaded first, and links led from one to the other in turns.
 */
final class EventsBenchmark {
  private static final boolean SHORT = "short".equals(System.getenv("BENCH"));
  private static final int PAIRS = SHORT ? 2 : 24;
  private static final String MILLIS = SHORT ? "200" : "500";
  private static final String CPU = "1";

  private final TestNode node = new TestNode("events");
  private final Pod client = node.pod(1, 1001);
  private final Pod server = node.pod(2, 1002);
  private final Path crr;

  private EventsBenchmark() throws IOException {
    crr = Files.createTempFile("crr", "");
    Commands.run("gcc", "-static", "-O2", "-o", crr.toString(), "../../itests/bench/crr.c");
  }

  public static void main(String[] arguments) throws Exception {
    EventsBenchmark bench = new EventsBenchmark();
    try {
      bench.measure();
    } finally {
      bench.node.close();
      Files.delete(bench.crr);
    }
  }

  private void measure() throws Exception {
    node.put();
    try (Wires wires = new Wires(node);
        BpfObject quiet = TestObject.load(node, "quiet")) {
      wires.connect(client);
      wires.connect(server);
      Map<String, BpfProgram> silent = new HashMap<>();
      quiet.programs().forEach(name -> silent.put(name, quiet.program(name)));
      Process serving = server.inside().start(crr.toString(), "server", "7777", CPU);
      Thread reader = reader();
      try {
        for (boolean six : new boolean[] {false, true}) {
          compare(wires, silent, six);
        }
      } finally {
        reader.interrupt();
        reader.join();
        serving.destroy();
        silent.values().forEach(BpfProgram::close);
      }
    }
  }

  private Thread reader() {
    Thread reader =
        new Thread(
            () -> {
              while (!Thread.currentThread().isInterrupted()) {
                node.told();
                LockSupport.parkNanos(2_000_000);
              }
            },
            "reader");
    reader.start();
    return reader;
  }

  private void compare(Wires wires, Map<String, BpfProgram> silent, boolean six) {
    List<Double> ratios = new ArrayList<>();
    List<Double> told = new ArrayList<>();
    List<Double> untold = new ArrayList<>();
    for (int pair = 0; pair < PAIRS; pair++) {
      double[] rates = new double[2];
      for (int turn = 0; turn < 2; turn++) {
        int which = (pair + turn) % 2;
        wires.replace(which == 0 ? node.kernel::program : silent::get);
        rates[which] = connections(six);
      }
      told.add(rates[0]);
      untold.add(rates[1]);
      ratios.add(rates[0] / rates[1]);
    }
    System.out.printf(
        Locale.ROOT,
        "{\"name\": \"tcp_crr with events, against none%s\", \"value\": %.0f, \"unit\": \"1/s\","
            + " \"baseline\": %.0f, \"ratio\": %.4f, \"required\": \">= 0.97\"}%n",
        six ? ", IPv6" : ", IPv4",
        middle(told),
        middle(untold),
        middle(ratios));
  }

  /** A second. */
  private double connections(boolean six) {
    String address = server.party().address(six).toString();
    String printed =
        client.inside().run(crr.toString(), "client", address, "7777", CPU, MILLIS).strip();
    return Double.parseDouble(printed.split("\\s+")[0]) / Double.parseDouble(MILLIS) * 1000;
  }

  private static double middle(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }
}
