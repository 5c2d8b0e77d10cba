package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.flows.abi.Abi;
import io.weir.flows.abi.Event4CountsLayout;
import io.weir.flows.abi.Event4Layout;
import io.weir.flows.abi.Event6CountsLayout;
import io.weir.flows.abi.Event6Layout;
import io.weir.flows.abi.EventCountsLayout;
import io.weir.flows.abi.EventLayout;
import java.util.Optional;

/**
 * What the kernel told, as {@code struct event} of {@code bpf/abi/events.h}: numbers, no names.
 *
 * @param reason of {@code enum reason}; 0 where nothing was, or would have been, dropped
 * @param nanos {@code CLOCK_MONOTONIC}
 * @param flags of {@code enum event_flag}
 * @param ends addresses; none of packets of no family
 * @param counts of closed and counters
 */
record Event(
    Type type,
    int reason,
    int protocol,
    int tcpFlags,
    long nanos,
    int sourceIdentity,
    int destinationIdentity,
    int sourceEndpoint,
    int destinationEndpoint,
    int ifindex,
    int egressRule,
    int ingressRule,
    int sourcePort,
    int destinationPort,
    int service,
    int flags,
    Optional<Ends> ends,
    Optional<Counts> counts) {

  static final int TCP = 6;
  static final int UDP = 17;
  static final int ICMP = 1;
  static final int ICMP6 = 58;
  static final int SCTP = 132;

  /** {@code enum event_type}. */
  enum Type {
    OPENED(Abi.EVENT_OPENED, false),
    FIRST_REPLY(Abi.EVENT_FIRST_REPLY, false),
    CLOSED(Abi.EVENT_CLOSED, true),
    COUNTERS(Abi.EVENT_COUNTERS, true),
    DROPPED(Abi.EVENT_DROPPED, false);

    private static final Type[] BY_NUMBER = new Type[8];

    static {
      for (Type type : values()) {
        BY_NUMBER[type.number] = type;
      }
    }

    private final int number;
    private final boolean counted;

    Type(int number, boolean counted) {
      this.number = number;
      this.counted = counted;
    }
  }

  /** Sender and receiver of the packet, or of a flow's first packet. */
  record Ends(Address source, Address destination) {}

  /** Packets and bytes of both directions. */
  record Counts(long packets, long bytes, long replyPackets, long replyBytes) {}

  /**
   * Decodes the record of {@code length} bytes at {@code at}; nothing where its type or version is
   * not known, or it is shorter than its type.
   */
  static Optional<Event> decode(byte[] bytes, int at, int length) {
    if (length < EventLayout.SIZE || EventLayout.version(bytes, at) != Abi.ABI_EVENTS) {
      return Optional.empty();
    }
    int number = EventLayout.type(bytes, at);
    Type type = number < Type.BY_NUMBER.length ? Type.BY_NUMBER[number] : null;
    if (type == null) {
      return Optional.empty();
    }
    int flags = EventLayout.flags(bytes, at);
    boolean six = (flags & Abi.EVENT_IPV6) != 0;
    if (length < size(type, six)) {
      return Optional.empty();
    }
    return Optional.of(
        new Event(
            type,
            EventLayout.reason(bytes, at),
            EventLayout.protocol(bytes, at),
            EventLayout.tcpFlags(bytes, at),
            EventLayout.time(bytes, at),
            EventLayout.sourceIdentity(bytes, at),
            EventLayout.destinationIdentity(bytes, at),
            EventLayout.sourceEndpoint(bytes, at),
            EventLayout.destinationEndpoint(bytes, at),
            EventLayout.ifindex(bytes, at),
            EventLayout.egressRule(bytes, at),
            EventLayout.ingressRule(bytes, at),
            EventLayout.sourcePort(bytes, at),
            EventLayout.destinationPort(bytes, at),
            EventLayout.service(bytes, at),
            flags,
            ends(bytes, at, six),
            type.counted ? Optional.of(counts(bytes, at, six)) : Optional.empty()));
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Whether it is of the direction that answers. */
  boolean reply() {
    return has(Abi.EVENT_REPLY);
  }

  private static int size(Type type, boolean six) {
    if (type.counted) {
      return six ? Event6CountsLayout.SIZE : Event4CountsLayout.SIZE;
    }
    return six ? Event6Layout.SIZE : Event4Layout.SIZE;
  }

  /** A frame of no family is told as IPv6 between unspecified addresses. */
  private static Optional<Ends> ends(byte[] bytes, int at, boolean six) {
    if (!six) {
      return Optional.of(
          new Ends(
              four(Event4Layout.source(bytes, at)), four(Event4Layout.destination(bytes, at))));
    }
    Address source = Address.of(Event6Layout.source(bytes, at));
    Address destination = Address.of(Event6Layout.destination(bytes, at));
    boolean none = source.high() == 0 && source.low() == 0 && destination.equals(source);
    return none ? Optional.empty() : Optional.of(new Ends(source, destination));
  }

  private static Address four(int network) {
    return new Address(false, 0, network & 0xffffffffL);
  }

  private static Counts counts(byte[] bytes, int at, boolean six) {
    int counts = at + (six ? Event6CountsLayout.COUNTS : Event4CountsLayout.COUNTS);
    return new Counts(
        EventCountsLayout.packets(bytes, counts),
        EventCountsLayout.bytes(bytes, counts),
        EventCountsLayout.replyPackets(bytes, counts),
        EventCountsLayout.replyBytes(bytes, counts));
  }
}
