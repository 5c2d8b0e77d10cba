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

/**
 * Takes flows away that are over or have been idle for too long, so that the kernel need not evict
 * live ones. A walk costs about a microsecond an entry. A packet that comes between look-up and
 * removal is decided anew by the next one.
 */
final class FlowCollector {
  private static final int TCP = 6;
  private static final int TCP_ACK = 16;

  private final Kernel kernel;

  FlowCollector(Kernel kernel) {
    this.kernel = kernel;
  }

  /** The maps of one IP family now: others once a table has changed its size. */
  private record Family(BpfMap flows, BpfMap nats, int protocolAt, int counter) {}

  /**
   * What a walk found, of both families.
   *
   * @param live entries that stay; a flow has two
   * @param collected entries that were taken away by this walk
   * @param inserted entries that the kernel has inserted so far
   * @param tables the same of each family
   */
  record Found(long live, long collected, long inserted, List<Table> tables) {}

  /**
   * What a walk found of one family.
   *
   * @param capacity entries that there is room for
   */
  record Table(FlowFamily family, long live, long capacity, long collected, long inserted) {}

  /**
   * Walks all maps of flows.
   *
   * @param now jiffies, low 32 bits
   */
  Found collect(FlowTimes times, int now) {
    long live = 0;
    long collected = 0;
    long inserted = 0;
    List<Table> tables = new ArrayList<>();
    for (FlowFamily of : FlowFamily.BOTH) {
      Family family =
          new Family(kernel.map(of.flows()), kernel.map(of.nats()), of.protocolAt(), of.counter());
      Keys dead = new Keys();
      Keys closed = new Keys();
      long[] seen = new long[1];
      family
          .flows()
          .forEach(
              (key, flow) -> {
                seen[0]++;
                if (isPast(FlowLayout.seen(flow, 0) + lifetime(times, family, key, flow), now)) {
                  dead.add(key);
                  if ((FlowLayout.flags(flow, 0) & Abi.FLOW_CLOSED) != 0) {
                    closed.add(key);
                  }
                }
              });
      dead.deleteFrom(family.flows());
      closed.deleteFrom(family.nats());
      deadNats(times, family, now).deleteFrom(family.nats());
      Table table =
          new Table(
              of,
              seen[0] - dead.count(),
              family.flows().info().maxEntries(),
              dead.count(),
              counted(family.counter()));
      live += table.live();
      collected += table.collected();
      inserted += table.inserted();
      tables.add(table);
    }
    return new Found(live, collected, inserted, tables);
  }

  /** Translations without a flow, of which nothing was seen for as long as one may be idle. */
  private Keys deadNats(FlowTimes times, Family family, int now) {
    List<byte[]> idle = new ArrayList<>();
    family
        .nats()
        .forEach(
            (key, nat) -> {
              boolean tcp = (key[family.protocolAt()] & 0xff) == TCP;
              int seconds = tcp ? times.established() : times.idle();
              if (isPast(NatLayout.seen(nat, 0) + seconds * times.ticks(), now)) {
                idle.add(key);
              }
            });
    Keys dead = new Keys();
    idle.stream().filter(key -> family.flows().lookup(key).isEmpty()).forEach(dead::add);
    return dead;
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

  /** Jiffies; the same as lifetime() of bpf/lib/flow.h. */
  private static int lifetime(FlowTimes times, Family family, byte[] key, byte[] flow) {
    return times.ticks() * lifetimeSeconds(times, key[family.protocolAt()] & 0xff, flow);
  }

  private static int lifetimeSeconds(FlowTimes times, int protocol, byte[] flow) {
    if (protocol != TCP) {
      return times.idle();
    }
    if ((FlowLayout.flags(flow, 0) & Abi.FLOW_CLOSED) != 0) {
      return times.closing();
    }
    boolean established = (FlowLayout.tcpFlags(flow, 0) & TCP_ACK) != 0;
    return established ? times.established() : times.opening();
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
