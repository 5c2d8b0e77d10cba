package io.weir.itests.rules;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.weir.api.row.PolicyRule;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Tables;
import io.weir.datapath.UnpinnedDatapath;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Event4Layout;
import io.weir.datapath.abi.EventDecisionLayout;
import io.weir.datapath.abi.EventLayout;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import io.weir.itests.testing.packet.SkBuff;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfProgram;
import io.weir.linux.Linux;
import io.weir.linux.RingBatch;
import io.weir.linux.RingReader;
import io.weir.linux.TestRun;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** The programs of pods, to be run on packets, and what they tell. */
final class Kernel implements AutoCloseable {
  private static final int FIRST_PORT = 10_000;
  private static final int PORTS = 50_000;
  private static final int THREADS = 4;

  private final Tables tables;
  private final List<BpfMap> flows = new ArrayList<>();
  private final BpfProgram fromPod;
  private final BpfProgram toPod;
  private final BpfMap ring;
  private final RingReader events;
  private final RingBatch batch = new RingBatch(1 << 18, 2048);

  /** Threads in the node's namespace, where its interfaces are. */
  private final ExecutorService inside;

  private final AtomicInteger ports = new AtomicInteger();

  Kernel(Linux linux, TestNetns netns, UnpinnedDatapath datapath, Tables tables) {
    this.tables = tables;
    fromPod = datapath.program("from_pod");
    toPod = datapath.program("to_pod");
    for (String map : List.of("flows4", "flows6", "nat4", "nat6")) {
      flows.add(datapath.map(map));
    }
    ring = datapath.map("events");
    events = linux.rings().open(List.of(ring));
    inside = linux.namespaces().call(netns.path(), Kernel::startedThreads);
  }

  /** A source port, or an ICMP identifier, that has not been used for long. */
  int freshPort() {
    return FIRST_PORT + Math.floorMod(ports.getAndIncrement(), PORTS);
  }

  /** Sends a flow's first packet and tells what became of it. */
  Verdict ask(Party from, Party to, Probe probe, boolean ipv6) {
    int port = freshPort();
    if (probe.kind() == Probe.Kind.ICMP) {
      forgetFlows(); // messages other than echo have no identifier: the flow may be there
    }
    return in(
        () -> {
          drain();
          int code = run(from, to, first(from, to, probe, port, ipv6));
          List<byte[]> told = drain();
          if (told.size() != 1) {
            throw new AssertionError(
                "%s → %s:%s: %d events and the answer %d"
                    .formatted(from, to, probe, told.size(), code));
          }
          return new Verdict(code, event(told.get(0)));
        });
  }

  /** Sends a packet; whether it goes on. */
  boolean send(Party from, Party to, Packet packet) {
    return in(() -> Verdict.passes(run(from, to, packet)));
  }

  /** Runs work on the thread that sends, which it may do by {@link #sendHere}. */
  <T> T in(Callable<T> work) {
    try {
      return inside.submit(work).get(60, SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** Starts work on a thread of its own, which may send by {@link #sendHere}. */
  Future<?> start(Runnable work) {
    return inside.submit(work);
  }

  /** As {@link #send} of a flow's first packet, on the calling thread. */
  boolean sendHere(Party from, Party to, Probe probe, boolean ipv6) {
    return Verdict.passes(run(from, to, first(from, to, probe, freshPort(), ipv6)));
  }

  /** As {@link #send}, on the calling thread. */
  boolean sendHere(Party from, Party to, Packet packet) {
    return Verdict.passes(run(from, to, packet));
  }

  /**
   * The first packet of a flow.
   *
   * @param port of the sender; of ICMP the identifier
   */
  static Packet first(Party from, Party to, Probe probe, int port, boolean ipv6) {
    return switch (probe.kind()) {
      case TCP -> Packet.tcp(from, port, to, probe.port(), ipv6, Packet.SYN);
      case UDP -> Packet.udp(from, port, to, probe.port(), ipv6);
      case SCTP -> Packet.sctp(from, port, to, probe.port(), ipv6);
      case ICMP -> Packet.icmp(from, to, ipv6, probe.asked(ipv6), port);
    };
  }

  /** Forgets all flows; policies stay. */
  void forgetFlows() {
    for (BpfMap map : flows) {
      ByteArrayOutputStream keys = new ByteArrayOutputStream();
      int[] count = {0};
      map.forEach(
          (key, value) -> {
            keys.writeBytes(key);
            count[0]++;
          });
      if (count[0] > 0) {
        map.deleteAll(keys.toByteArray(), count[0]);
      }
    }
  }

  /** Threads that have begun here and stay in the namespace of the calling thread. */
  private static ExecutorService startedThreads() throws InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    CountDownLatch begun = new CountDownLatch(THREADS);
    for (int i = 0; i < THREADS; i++) {
      threads.execute(
          () -> {
            begun.countDown();
            try {
              begun.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
    begun.await();
    return threads;
  }

  /** What a pod sends, it sends to the node's MAC: there is its gateway. */
  private int run(Party from, Party to, Packet packet) {
    return from.isPod()
        ? run(fromPod, from, packet.destinationMac(Party.HOST_MAC))
        : run(toPod, to, packet);
  }

  private static int run(BpfProgram program, Party pod, Packet packet) {
    return program.run(TestRun.of(packet.bytes()).context(SkBuff.at(pod.ifindex()))).code();
  }

  private List<byte[]> drain() {
    List<byte[]> records = new ArrayList<>();
    for (int count = events.read(batch); count > 0; count = events.read(batch)) {
      for (int i = 0; i < count; i++) {
        byte[] record = new byte[batch.lengths()[i]];
        System.arraycopy(batch.bytes(), batch.starts()[i], record, 0, record.length);
        records.add(record);
      }
    }
    return records;
  }

  private Verdict.Event event(byte[] record) {
    int type = EventLayout.type(record, 0);
    if (type != Abi.EVENT_OPENED && type != Abi.EVENT_DROPPED) {
      throw new AssertionError("an event of type " + type);
    }
    int decision = Event4Layout.DECISION; // where IPv6's event has it, too
    return new Verdict.Event(
        EventDecisionLayout.reason(record, decision),
        EventLayout.flags(record, 0),
        EventDecisionLayout.sourceIdentity(record, decision),
        EventDecisionLayout.destinationIdentity(record, decision),
        EventLayout.destinationPort(record, 0),
        rule(EventDecisionLayout.egressRule(record, decision)),
        rule(EventDecisionLayout.ingressRule(record, decision)));
  }

  private Optional<PolicyRule> rule(int id) {
    return id == 0
        ? Optional.empty()
        : Optional.of(
            tables
                .table(WeirTables.POLICY_RULES)
                .snapshot()
                .get(id)
                .orElseThrow(() -> new AssertionError("an event names rule %d".formatted(id))));
  }

  @Override
  public void close() {
    inside.shutdownNow();
    events.close();
    ring.close();
    fromPod.close();
    toPod.close();
  }
}
