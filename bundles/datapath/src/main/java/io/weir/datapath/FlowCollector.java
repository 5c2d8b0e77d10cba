package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import io.weir.datapath.abi.NatLayout;
import io.weir.linux.BpfMap;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes flows away that are over or have been idle for too long, so that the kernel need not evict
 * live ones. A walk costs about a microsecond an entry. A packet that comes between look-up and
 * removal is decided anew by the next one.
 */
final class FlowCollector {
  private static final int TCP = 6;

  private final Kernel kernel;
  private final Consumer<byte[]> teller;

  /**
   * @param teller puts an event of a flow's end into the ring
   */
  FlowCollector(Kernel kernel, Consumer<byte[]> teller) {
    this.kernel = kernel;
    this.teller = teller;
  }

  /** The maps of one family: others once a table has changed its size. */
  private record Family(BpfMap flows, BpfMap nats, int protocolAt) {}

  /**
   * What a walk found of one family.
   *
   * @param live entries that stay; a flow has two
   * @param capacity entries that there is room for
   * @param collected entries that were taken away by this walk
   * @param inserted entries that the kernel has inserted so far
   * @param untold entries whose end was not told, being too many for one walk
   */
  record Found(long live, long capacity, long collected, long inserted, long untold) {}

  /**
   * Walks the maps of flows of one family.
   *
   * @param now jiffies, low 32 bits
   */
  Found collect(FlowFamily of, FlowTimes times, int now) {
    Family family = new Family(kernel.map(of.flows()), kernel.map(of.nats()), of.protocolAt());
    Keys dead = new Keys();
    Keys over = new Keys();
    Endings endings = new Endings(of, family.flows(), family.nats(), teller);
    long[] seen = new long[1];
    family
        .flows()
        .forEach(
            (key, flow) -> {
              seen[0]++;
              if (isPast(FlowLayout.seen(flow, 0) + times.life(FlowLayout.state(flow, 0)), now)) {
                dead.add(key);
                boolean closed = (FlowLayout.flags(flow, 0) & Abi.FLOW_CLOSED) != 0;
                if (!closed) {
                  endings.add(key, flow);
                }
                if (closed || isHalfOpen(flow)) {
                  over.add(key);
                }
              }
            });
    dead.deleteFrom(family.flows());
    endings.tell();
    over.deleteFrom(family.nats());
    deadNats(of, times, family, now).deleteFrom(family.nats());
    return new Found(
        seen[0] - dead.count(),
        family.flows().info().maxEntries(),
        dead.count(),
        counted(of.counter()),
        endings.untold());
  }

  /** A connection that has not come about in its time. */
  private static boolean isHalfOpen(byte[] flow) {
    int state = FlowLayout.state(flow, 0);
    return state == Abi.STATE_TCP_SYN_SENT || state == Abi.STATE_TCP_SYN_RECEIVED;
  }

  /** Translations without a flow, of which nothing was seen for as long as one may be idle. */
  private Keys deadNats(FlowFamily of, FlowTimes times, Family family, int now) {
    List<byte[]> idle = new ArrayList<>();
    family
        .nats()
        .forEach(
            (key, nat) -> {
              boolean tcp = (key[family.protocolAt()] & 0xff) == TCP;
              int life = times.life(tcp ? Abi.STATE_TCP_ESTABLISHED : Abi.STATE_UDP_STREAM);
              if (isPast(NatLayout.seen(nat, 0) + life, now)) {
                idle.add(key);
              }
            });
    Keys dead = new Keys();
    idle.stream()
        .filter(key -> family.flows().lookup(key).isEmpty() && !isAnswered(of, family, key))
        .forEach(dead::add);
    return dead;
  }

  /**
   * Whether the other direction of the flow goes on: a port that answers come to is in use although
   * none comes.
   */
  private static boolean isAnswered(FlowFamily of, Family family, byte[] key) {
    return family
        .nats()
        .lookup(key)
        .map(nat -> Tuple.decode(of, key).translated(nat).reverse().encode())
        .map(answers -> family.flows().lookup(answers).isPresent())
        .orElse(false);
  }

  private long counted(int counter) {
    byte[] values = kernel.map("counters").lookup(Revisions.word(counter)).orElseThrow();
    ByteBuffer each = ByteBuffer.wrap(values).order(ByteOrder.nativeOrder());
    long sum = 0;
    while (each.remaining() >= Long.BYTES) {
      sum += each.getLong();
    }
    return sum;
  }

  /** Jiffies wrap: a moment is past when it is less than half the range behind. */
  static boolean isPast(int moment, int now) {
    return now - moment >= 0;
  }

  /** Keys one after the other, as batches take them. */
  private static final class Keys {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int count;

    void add(byte[] key) {
      bytes.writeBytes(key);
      count++;
    }

    int count() {
      return count;
    }

    void deleteFrom(BpfMap map) {
      if (count > 0) {
        map.deleteAll(bytes.toByteArray(), count);
      }
    }
  }
}
