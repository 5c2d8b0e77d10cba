package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Flow4KeyLayout;
import io.weir.datapath.abi.Flow6KeyLayout;
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
  private static final int TCP_ACK = 16;

  private final Kernel kernel;
  private final List<Family> families;
  private final Consumer<byte[]> teller;

  /**
   * @param teller puts an event of a flow's end into the ring
   */
  FlowCollector(Kernel kernel, Consumer<byte[]> teller) {
    this.kernel = kernel;
    this.teller = teller;
    families =
        List.of(
            new Family(
                kernel.map("flows4"),
                kernel.map("nat4"),
                Flow4KeyLayout.PROTOCOL,
                Abi.COUNTER_FLOWS4),
            new Family(
                kernel.map("flows6"),
                kernel.map("nat6"),
                Flow6KeyLayout.PROTOCOL,
                Abi.COUNTER_FLOWS6));
  }

  /** Maps of one IP family, where the protocol is in their keys, and who counts insertions. */
  private record Family(BpfMap flows, BpfMap nats, int protocolAt, int counter) {}

  /**
   * What a walk found, of both families.
   *
   * @param live entries that stay; a flow has two
   * @param collected entries that were taken away by this walk
   * @param inserted entries that the kernel has inserted so far
   * @param untold entries whose end was not told, being too many for one walk
   */
  record Found(long live, long collected, long inserted, long untold) {}

  /**
   * Walks all maps of flows.
   *
   * @param now jiffies, low 32 bits
   */
  Found collect(FlowTimes times, int now) {
    long live = 0;
    long collected = 0;
    long inserted = 0;
    long untold = 0;
    for (Family family : families) {
      Keys dead = new Keys();
      Keys closed = new Keys();
      Endings endings = new Endings(family.flows(), family.nats(), teller);
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
                  } else {
                    endings.add(key, flow);
                  }
                }
              });
      dead.deleteFrom(family.flows());
      endings.tell();
      untold += endings.untold();
      closed.deleteFrom(family.nats());
      deadNats(times, family, now).deleteFrom(family.nats());
      live += seen[0] - dead.count();
      collected += dead.count();
      inserted += counted(family.counter());
    }
    return new Found(live, collected, inserted, untold);
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
