package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Event4CountsLayout;
import io.weir.datapath.abi.Event6CountsLayout;
import io.weir.datapath.abi.EventLayout;
import io.weir.datapath.abi.Flow4KeyLayout;
import io.weir.datapath.abi.Flow6KeyLayout;
import io.weir.datapath.abi.FlowLayout;
import io.weir.datapath.abi.NatLayout;
import io.weir.linux.BpfMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Flows that one walk has found idle for too long. A flow has ended when none of its two entries is
 * there any more; whether the other one has timed out or was evicted, nobody knows. Told is each
 * entry that was found, with its counters, the initiator's first.
 */
final class Endings {
  static final int MOST = 16_384;

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
  Endings(BpfMap flows, BpfMap nats, Consumer<byte[]> teller) {
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
      byte[] key = first.array();
      byte[] out = leaving(key, flow);
      byte[] otherKey = reversed(out);
      byte[] other = found.remove(new Bytes(otherKey));
      if (other == null && flows.lookup(otherKey).isPresent()) {
        continue; // goes on in that direction
      }
      boolean initiator = (FlowLayout.flags(flow, 0) & Abi.FLOW_INITIATOR) != 0;
      byte[] tuple =
          initiator ? told(key, out, first) : reversed(told(reversed(out), reversed(key), first));
      if (other == null) {
        tell(tuple, flow, 0);
      } else {
        tell(initiator ? tuple : reversed(tuple), initiator ? flow : other, Abi.EVENT_MORE);
        tell(initiator ? reversed(tuple) : tuple, initiator ? other : flow, 0);
      }
    }
  }

  /** What a direction's packets look like when they leave. */
  private byte[] leaving(byte[] key, byte[] flow) {
    boolean translated = (FlowLayout.flags(flow, 0) & Abi.FLOW_TRANSLATED) != 0;
    Optional<byte[]> nat = translated ? nats.lookup(key) : Optional.empty();
    return nat.map(there -> translated(key, there)).orElse(key);
  }

  /**
   * The initiator's tuple as events have it: as it leaves, but with the pod's own address where the
   * node's stands for it.
   */
  private byte[] told(byte[] met, byte[] leaving, Bytes key) {
    boolean masqueraded =
        nats.lookup(key.array()).filter(nat -> NatLayout.uplink(nat, 0) != 0).isPresent();
    if (!masqueraded) {
      return leaving;
    }
    byte[] told = leaving.clone();
    if (told.length == Flow6KeyLayout.SIZE) {
      Flow6KeyLayout.source(told, 0, Flow6KeyLayout.source(met, 0));
      Flow6KeyLayout.sourcePort(told, 0, Flow6KeyLayout.sourcePort(met, 0));
    } else {
      Flow4KeyLayout.source(told, 0, Flow4KeyLayout.source(met, 0));
      Flow4KeyLayout.sourcePort(told, 0, Flow4KeyLayout.sourcePort(met, 0));
    }
    return told;
  }

  private static byte[] translated(byte[] key, byte[] nat) {
    byte[] out = key.clone();
    byte[] source = NatLayout.source(nat, 0);
    byte[] destination = NatLayout.destination(nat, 0);
    if (key.length == Flow6KeyLayout.SIZE) {
      Flow6KeyLayout.source(out, 0, source);
      Flow6KeyLayout.destination(out, 0, destination);
      Flow6KeyLayout.sourcePort(out, 0, NatLayout.sourcePort(nat, 0));
      Flow6KeyLayout.destinationPort(out, 0, NatLayout.destinationPort(nat, 0));
    } else {
      System.arraycopy(source, 12, out, Flow4KeyLayout.SOURCE, 4);
      System.arraycopy(destination, 12, out, Flow4KeyLayout.DESTINATION, 4);
      Flow4KeyLayout.sourcePort(out, 0, NatLayout.sourcePort(nat, 0));
      Flow4KeyLayout.destinationPort(out, 0, NatLayout.destinationPort(nat, 0));
    }
    return out;
  }

  private static byte[] reversed(byte[] key) {
    byte[] reversed = key.clone();
    if (key.length == Flow6KeyLayout.SIZE) {
      Flow6KeyLayout.source(reversed, 0, Flow6KeyLayout.destination(key, 0));
      Flow6KeyLayout.destination(reversed, 0, Flow6KeyLayout.source(key, 0));
      Flow6KeyLayout.sourcePort(reversed, 0, Flow6KeyLayout.destinationPort(key, 0));
      Flow6KeyLayout.destinationPort(reversed, 0, Flow6KeyLayout.sourcePort(key, 0));
    } else {
      Flow4KeyLayout.source(reversed, 0, Flow4KeyLayout.destination(key, 0));
      Flow4KeyLayout.destination(reversed, 0, Flow4KeyLayout.source(key, 0));
      Flow4KeyLayout.sourcePort(reversed, 0, Flow4KeyLayout.destinationPort(key, 0));
      Flow4KeyLayout.destinationPort(reversed, 0, Flow4KeyLayout.sourcePort(key, 0));
    }
    return reversed;
  }

  private void tell(byte[] tuple, byte[] flow, int more) {
    byte[] event = new byte[Event6CountsLayout.SIZE];
    boolean reply = (FlowLayout.flags(flow, 0) & Abi.FLOW_INITIATOR) == 0;
    boolean toPod = (FlowLayout.flags(flow, 0) & Abi.FLOW_TO_POD) != 0;
    boolean six = tuple.length == Flow6KeyLayout.SIZE;
    EventLayout.flags(
        event,
        0,
        more
            | (reply ? Abi.EVENT_REPLY : 0)
            | (toPod ? Abi.EVENT_TO_POD : 0)
            | (six ? Abi.EVENT_IPV6 : 0));
    EventLayout.tcpFlags(event, 0, FlowLayout.tcpFlags(flow, 0));
    if (six) {
      EventLayout.protocol(event, 0, Flow6KeyLayout.protocol(tuple, 0));
      EventLayout.sourcePort(event, 0, Flow6KeyLayout.sourcePort(tuple, 0));
      EventLayout.destinationPort(event, 0, Flow6KeyLayout.destinationPort(tuple, 0));
      Event6CountsLayout.source(event, 0, Flow6KeyLayout.source(tuple, 0));
      Event6CountsLayout.destination(event, 0, Flow6KeyLayout.destination(tuple, 0));
      Event6CountsLayout.packets(event, 0, FlowLayout.packets(flow, 0));
      Event6CountsLayout.bytes(event, 0, FlowLayout.bytes(flow, 0));
    } else {
      EventLayout.protocol(event, 0, Flow4KeyLayout.protocol(tuple, 0));
      EventLayout.sourcePort(event, 0, Flow4KeyLayout.sourcePort(tuple, 0));
      EventLayout.destinationPort(event, 0, Flow4KeyLayout.destinationPort(tuple, 0));
      Event4CountsLayout.source(event, 0, Flow4KeyLayout.source(tuple, 0));
      Event4CountsLayout.destination(event, 0, Flow4KeyLayout.destination(tuple, 0));
      Event4CountsLayout.packets(event, 0, FlowLayout.packets(flow, 0));
      Event4CountsLayout.bytes(event, 0, FlowLayout.bytes(flow, 0));
    }
    teller.accept(event);
  }
}
