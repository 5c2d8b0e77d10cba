package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.flows.abi.Abi;
import java.util.Optional;

/**
 * What was told, as it is shown: numbers, no names.
 *
 * @param reason of {@code enum reason}; 0 where nothing was, or would have been, dropped
 * @param tcpFlags of the packet; of events with counters all that were seen
 * @param nanos {@code CLOCK_MONOTONIC}
 * @param service what was asked for, or 0
 * @param flags of {@code enum event_flag}
 * @param ends addresses; none of packets of no family
 * @param counts of closed, reset, ended and counters
 */
record Event(
    Type type,
    int reason,
    int protocol,
    int tcpFlags,
    long nanos,
    int sourceIdentity,
    int destinationIdentity,
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
    OPENED(Abi.EVENT_OPENED, "opened"),
    FIRST_REPLY(Abi.EVENT_FIRST_REPLY, "first reply"),
    CLOSED(Abi.EVENT_CLOSED, "closed"),
    COUNTERS(Abi.EVENT_COUNTERS, "counters"),
    DROPPED(Abi.EVENT_DROPPED, "dropped"),
    RESET(Abi.EVENT_RESET, "reset"),
    /** Nobody knows which of the two: the kernel tells no evictions. */
    ENDED(Abi.EVENT_ENDED, "timed out or evicted");

    @SuppressWarnings("unchecked")
    private static final Optional<Type>[] BY_NUMBER = new Optional[256];

    static {
      java.util.Arrays.fill(BY_NUMBER, Optional.empty());
      for (Type type : values()) {
        BY_NUMBER[type.number] = Optional.of(type);
      }
    }

    private final int number;
    private final String words;

    Type(int number, String words) {
      this.number = number;
      this.words = words;
    }

    /** Nothing where the number, 0 to 255, is not known. */
    static Optional<Type> of(int number) {
      return BY_NUMBER[number];
    }

    int number() {
      return number;
    }

    String words() {
      return words;
    }

    /** Whether it tells how much went through; then each direction is told by an event. */
    boolean counted() {
      return this == COUNTERS || end();
    }

    /** Whether the flow is over. */
    boolean end() {
      return this == CLOSED || this == RESET || this == ENDED;
    }
  }

  /** Sender and receiver of the packet, or of a flow's first packet. */
  record Ends(Address source, Address destination) {}

  /** Packets and bytes of both directions, the initiator's first, as far as they were told. */
  record Counts(long packets, long bytes, long replyPackets, long replyBytes) {}

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Whether it is of the direction that answers. */
  boolean reply() {
    return has(Abi.EVENT_REPLY);
  }
}
