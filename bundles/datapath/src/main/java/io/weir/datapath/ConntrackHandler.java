package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.api.table.Tables;
import io.weir.datapath.abi.ConfigLayout;
import io.weir.linux.Bpf;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfProgram;
import io.weir.linux.TestRun;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;

/**
 * {@code weir conntrack}: shows the flows that the kernel knows, or has it forget some. It goes by
 * what is pinned, so that a change of a table's size does not end a walk.
 */
final class ConntrackHandler implements SocketHandler {
  private static final int MISUSED = 2;

  private final Tables tables;
  private final Bpf bpf;
  private final Path root;
  private final ObjLongConsumer<FlowFamily> flushed;

  /**
   * @param root {@code /sys/fs/bpf/weir/NODE}
   * @param flushed told how many entries were taken away
   */
  ConntrackHandler(Tables tables, Bpf bpf, Path root, ObjLongConsumer<FlowFamily> flushed) {
    this.tables = tables;
    this.bpf = bpf;
    this.root = root;
    this.flushed = flushed;
  }

  @Override
  public String verb() {
    return "conntrack";
  }

  @Override
  public Help help() {
    return new Help(
        ConntrackQuery.USAGE,
        "Shows the flows that the kernel knows, or has it forget them and decide anew.");
  }

  @Override
  public int handle(SocketCall call) {
    try {
      ConntrackQuery query = ConntrackQuery.parse(call.arguments());
      ConntrackNames names = ConntrackNames.of(tables);
      if (query.verb() == ConntrackQuery.Verb.LIST) {
        list(query, names, call);
      } else {
        flush(query, names, call);
      }
      return 0;
    } catch (ConntrackQuery.Misuse e) {
      call.err().println("weir conntrack: " + e.getMessage());
      call.err().println("usage: weir " + help().usage());
      return MISUSED;
    }
  }

  private void list(ConntrackQuery query, ConntrackNames names, SocketCall call) {
    PrintStream out = call.out();
    ConntrackText text = new ConntrackText(names, jiffies(), ticksPerSecond());
    if (!query.json()) {
      out.println(ConntrackText.head());
    }
    int[] left = {query.limit() == 0 ? Integer.MAX_VALUE : query.limit()};
    walk(
        query,
        names,
        call,
        (conntrack, flow) -> {
          out.println(query.json() ? text.json(flow) : text.line(flow));
          return --left[0] > 0;
        });
  }

  private void flush(ConntrackQuery query, ConntrackNames names, SocketCall call) {
    int[] flows = {0};
    try (BpfProgram ended = program("tell_ended")) {
      walk(
          query,
          names,
          call,
          (conntrack, flow) -> {
            int entries = conntrack.remove(flow, event -> ended.run(TestRun.ofContext(event)));
            flushed.accept(conntrack.family(), entries);
            flows[0]++;
            return true;
          });
    }
    call.out().println("flushed " + flows[0] + (flows[0] == 1 ? " flow" : " flows"));
  }

  /** What is done with a flow; false ends the walk. */
  @FunctionalInterface
  private interface Action {
    boolean take(Conntrack conntrack, ConntrackFlow flow);
  }

  private void walk(ConntrackQuery query, ConntrackNames names, SocketCall call, Action action) {
    for (FlowFamily family : FlowFamily.BOTH) {
      try (BpfMap table = pinned(family.table());
          BpfMap flows = FlowTables.inForce(bpf, table).orElseThrow();
          BpfMap nats = pinned(family.nats())) {
        Conntrack conntrack = new Conntrack(family, flows, nats);
        Predicate<ConntrackFlow> taken =
            flow ->
                !call.cancelled()
                    && (!query.takes(flow, names.source(flow), names.destination(flow))
                        || action.take(conntrack, flow));
        if (!conntrack.walk(taken)) {
          return;
        }
      }
    }
  }

  private BpfMap pinned(String name) {
    Path pin = PinnedMaps.pin(root.resolve("maps"), name);
    return bpf.findMap(pin).orElseThrow(() -> missing(pin));
  }

  private int ticksPerSecond() {
    try (BpfMap config = pinned("config")) {
      return config
          .lookup(Revisions.word(0))
          .map(value -> ConfigLayout.hz(value, 0))
          .filter(hz -> hz > 0)
          .orElseThrow(() -> missing(root));
    }
  }

  private int jiffies() {
    try (BpfProgram clock = program("clock")) {
      return new KernelTicks(clock).now();
    }
  }

  private BpfProgram program(String name) {
    Path programs = root.resolve("programs");
    return Pins.in(programs).stream()
        .map(object -> bpf.findProgram(object.resolve(name)))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> missing(programs));
  }

  private static RuntimeException missing(Path pin) {
    return Problem.of(pin.toString(), "what io.weir.datapath has pinned", "nothing yet")
        .remedy("see weir status")
        .asException();
  }
}
