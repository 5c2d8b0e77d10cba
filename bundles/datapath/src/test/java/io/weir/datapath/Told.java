package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Event4CountsLayout;
import io.weir.datapath.abi.Event4Layout;
import io.weir.datapath.abi.Event6CountsLayout;
import io.weir.datapath.abi.Event6Layout;
import io.weir.datapath.abi.EventCountsLayout;
import io.weir.datapath.abi.EventLayout;
import java.util.Arrays;

/**
 * An event of the ring.
 *
 * @param counts packets and bytes of the initiator, then of its peer; empty but for closed and
 *     counters
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
    int sourceEndpoint,
    int destinationEndpoint,
    int ifindex,
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
    boolean counted = type == Abi.EVENT_CLOSED || type == Abi.EVENT_COUNTERS;
    int at = ipv6 ? Event6CountsLayout.COUNTS : Event4CountsLayout.COUNTS;
    int from = ipv6 ? Event6Layout.SOURCE : Event4Layout.SOURCE;
    int to = ipv6 ? Event6Layout.DESTINATION : Event4Layout.DESTINATION;
    int size = ipv6 ? 16 : 4;
    return new Told(
        type,
        EventLayout.length(event, 0),
        EventLayout.reason(event, 0),
        EventLayout.protocol(event, 0),
        EventLayout.tcpFlags(event, 0),
        EventLayout.flags(event, 0),
        EventLayout.sourceIdentity(event, 0),
        EventLayout.destinationIdentity(event, 0),
        EventLayout.sourceEndpoint(event, 0),
        EventLayout.destinationEndpoint(event, 0),
        EventLayout.ifindex(event, 0),
        EventLayout.egressRule(event, 0),
        EventLayout.ingressRule(event, 0),
        EventLayout.service(event, 0),
        Address.of(Arrays.copyOfRange(event, from, from + size)),
        EventLayout.sourcePort(event, 0),
        Address.of(Arrays.copyOfRange(event, to, to + size)),
        EventLayout.destinationPort(event, 0),
        counted
            ? java.util.List.of(
                EventCountsLayout.packets(event, at),
                EventCountsLayout.bytes(event, at),
                EventCountsLayout.replyPackets(event, at),
                EventCountsLayout.replyBytes(event, at))
            : java.util.List.of());
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
