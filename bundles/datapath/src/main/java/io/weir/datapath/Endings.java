package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Event4CountsLayout;
import io.weir.datapath.abi.Event6CountsLayout;
import io.weir.datapath.abi.EventLayout;
import io.weir.datapath.abi.FlowLayout;
import io.weir.datapath.abi.NatLayout;
import io.weir.linux.BpfMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Flows that one walk has found idle for too long, or that are flushed. A flow has ended when none
 * of its two entries is there any more; whether the other one has timed out or was evicted, nobody
 * knows. Told is each entry that was found, with its counters, the initiator's first.
 */
final class Endings {
  static final int MOST = 16_384;

  private final FlowFamily family;
  private final BpfMap flows;
  private final BpfMap nats;
  private final Consumer<byte[]> teller;
  private final Map<Bytes, byte[]> found = new LinkedHashMap<>();
  private long untold;

  /**
   * @param flows where entries are found no longer that were deleted
   * @param nats where their translations still are
   * @param teller takes {@code struct event6_counts}
   */
  Endings(FlowFamily family, BpfMap flows, BpfMap nats, Consumer<byte[]> teller) {
    this.family = family;
    this.flows = flows;
    this.nats = nats;
    this.teller = teller;
  }

  /** An entry that is taken away and was not told as closed. */
  void add(byte[] key, byte[] flow) {
    if (found.size() < MOST) {
      found.put(new Bytes(key), flow);
    } else {
      untold++;
    }
  }

  /** Entries that were too many. */
  long untold() {
    return untold;
  }

  /** Tells what has ended, once the entries are deleted. */
  void tell() {
    while (!found.isEmpty()) {
      Bytes first = found.keySet().iterator().next();
      byte[] flow = found.remove(first);
      Tuple met = Tuple.decode(family, first.array());
      Optional<byte[]> nat =
          (FlowLayout.flags(flow, 0) & Abi.FLOW_TRANSLATED) != 0
              ? nats.lookup(first.array())
              : Optional.empty();
      Tuple leaving = nat.map(met::translated).orElse(met);
      byte[] otherKey = leaving.reverse().encode();
      byte[] other = found.remove(new Bytes(otherKey));
      if (other == null && flows.lookup(otherKey).isPresent()) {
        continue; // goes on in that direction
      }
      boolean masqueraded = nat.filter(there -> NatLayout.uplink(there, 0) != 0).isPresent();
      boolean initiator = (FlowLayout.flags(flow, 0) & Abi.FLOW_INITIATOR) != 0;
      Tuple asks =
          initiator
              ? told(met, leaving, masqueraded)
              : told(leaving.reverse(), met.reverse(), masqueraded);
      if (other == null) {
        tell(initiator ? asks : asks.reverse(), flow, 0);
      } else {
        tell(asks, initiator ? flow : other, Abi.EVENT_MORE);
        tell(asks.reverse(), initiator ? other : flow, 0);
      }
    }
  }

  /**
   * The initiator's tuple as events have it: as it leaves, but with the pod's own address where the
   * node's stands for it.
   */
  private static Tuple told(Tuple met, Tuple leaving, boolean masqueraded) {
    return masqueraded ? leaving.from(met) : leaving;
  }

  private void tell(Tuple tuple, byte[] flow, int more) {
    byte[] event = new byte[Event6CountsLayout.SIZE];
    boolean reply = (FlowLayout.flags(flow, 0) & Abi.FLOW_INITIATOR) == 0;
    boolean toPod = (FlowLayout.flags(flow, 0) & Abi.FLOW_TO_POD) != 0;
    EventLayout.flags(
        event,
        0,
        more
            | (reply ? Abi.EVENT_REPLY : 0)
            | (toPod ? Abi.EVENT_TO_POD : 0)
            | (family.ipv6() ? Abi.EVENT_IPV6 : 0));
    EventLayout.tcpFlags(event, 0, FlowLayout.tcpFlags(flow, 0));
    EventLayout.protocol(event, 0, tuple.protocol());
    EventLayout.sourcePort(event, 0, tuple.sourcePort());
    EventLayout.destinationPort(event, 0, tuple.destinationPort());
    if (family.ipv6()) {
      Event6CountsLayout.source(event, 0, tuple.source().bytes());
      Event6CountsLayout.destination(event, 0, tuple.destination().bytes());
      Event6CountsLayout.packets(event, 0, FlowLayout.packets(flow, 0));
      Event6CountsLayout.bytes(event, 0, FlowLayout.bytes(flow, 0));
    } else {
      Event4CountsLayout.source(event, 0, (int) tuple.source().low());
      Event4CountsLayout.destination(event, 0, (int) tuple.destination().low());
      Event4CountsLayout.packets(event, 0, FlowLayout.packets(flow, 0));
      Event4CountsLayout.bytes(event, 0, FlowLayout.bytes(flow, 0));
    }
    teller.accept(event);
  }
}
