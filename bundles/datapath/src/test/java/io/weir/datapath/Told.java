package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Event4CountsLayout;
import io.weir.datapath.abi.Event4Layout;
import io.weir.datapath.abi.Event6CountsLayout;
import io.weir.datapath.abi.Event6Layout;
import io.weir.datapath.abi.EventDecisionLayout;
import io.weir.datapath.abi.EventLayout;
import java.util.Arrays;

/**
 * An event of the ring.
 *
 * @param service and all from {@code reason} to it: 0 where there are counters
 * @param counts packets and bytes of its direction; empty where there are none
 */
record Told(
    int type,
    int length,
    int reason,
    int protocol,
    int tcpFlags,
    int flags,
    int sourceIdentity,
    int destinationIdentity,
    int egressRule,
    int ingressRule,
    int service,
    Address source,
    int sourcePort,
    Address destination,
    int destinationPort,
    java.util.List<Long> counts) {

  static Told of(byte[] event) {
    int type = EventLayout.type(event, 0);
    boolean ipv6 = (EventLayout.flags(event, 0) & Abi.EVENT_IPV6) != 0;
    boolean counted =
        type != Abi.EVENT_OPENED && type != Abi.EVENT_FIRST_REPLY && type != Abi.EVENT_DROPPED;
    int size = ipv6 ? 16 : 4;
    int from =
        counted
            ? (ipv6 ? Event6CountsLayout.SOURCE : Event4CountsLayout.SOURCE)
            : (ipv6 ? Event6Layout.SOURCE : Event4Layout.SOURCE);
    byte[] decision = new byte[EventDecisionLayout.SIZE];
    if (!counted) {
      System.arraycopy(event, Event4Layout.DECISION, decision, 0, decision.length);
    }
    return new Told(
        type,
        EventLayout.length(event, 0),
        EventDecisionLayout.reason(decision, 0),
        EventLayout.protocol(event, 0),
        EventLayout.tcpFlags(event, 0),
        EventLayout.flags(event, 0),
        EventDecisionLayout.sourceIdentity(decision, 0),
        EventDecisionLayout.destinationIdentity(decision, 0),
        EventDecisionLayout.egressRule(decision, 0),
        EventDecisionLayout.ingressRule(decision, 0),
        EventDecisionLayout.service(decision, 0),
        Address.of(Arrays.copyOfRange(event, from, from + size)),
        EventLayout.sourcePort(event, 0),
        Address.of(Arrays.copyOfRange(event, from + size, from + 2 * size)),
        EventLayout.destinationPort(event, 0),
        counted ? counts(event, ipv6) : java.util.List.of());
  }

  private static java.util.List<Long> counts(byte[] event, boolean ipv6) {
    return ipv6
        ? java.util.List.of(
            Event6CountsLayout.packets(event, 0), Event6CountsLayout.bytes(event, 0))
        : java.util.List.of(
            Event4CountsLayout.packets(event, 0), Event4CountsLayout.bytes(event, 0));
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** {@code opened 10.0.0.1:40000 > 10.0.0.2:80}; of drops the reason in front. */
  @Override
  public String toString() {
    String what =
        switch (type) {
          case Abi.EVENT_OPENED -> "opened";
          case Abi.EVENT_FIRST_REPLY -> "first reply";
          case Abi.EVENT_CLOSED -> "closed";
          case Abi.EVENT_COUNTERS -> "counters";
          case Abi.EVENT_RESET -> "reset";
          case Abi.EVENT_ENDED -> "ended";
          case Abi.EVENT_DROPPED -> "dropped " + reason;
          default -> "unknown " + type;
        };
    return "%s %s:%d > %s:%d%s"
        .formatted(
            what,
            source,
            sourcePort,
            destination,
            destinationPort,
            counts.isEmpty() ? "" : " " + counts);
  }
}
