package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.api.row.ResourceKey;
import io.weir.flows.abi.Abi;
import io.weir.flows.abi.Event4CountsLayout;
import io.weir.flows.abi.Event4Layout;
import io.weir.flows.abi.Event6CountsLayout;
import io.weir.flows.abi.Event6Layout;
import io.weir.flows.abi.EventDecisionLayout;
import io.weir.flows.abi.EventLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The event at hand, {@code struct event} of {@code bpf/abi/events.h} and what was found out about
 * it. There is one object for all events of a reader, written over by each, so that millions a
 * second cost no memory; what is kept of it is {@link #WORDS} numbers and five references.
 *
 * <pre>
 * 0–3   source, destination: two words each, as Address has them
 * 4     source port 16 | destination port 16 | protocol 8 | TCP flags 8 | flags 8 | type 8
 * 5     identities of source and destination, 32 each
 * 6     reason 16 | service 16 | egress rule 16 | ingress rule 16
 * 7     nanoseconds
 * 8–11  packets and bytes of the initiator, then of who answers
 * </pre>
 */
final class RawEvent {
  static final int WORDS = 12;

  private static final int TIME_BITS = 40;
  private static final int TIME_UNIT_BITS = 10;
  private static final VarHandle NETWORK_LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  Event.Type type = Event.Type.OPENED;
  int flags;
  int protocol;
  int tcpFlags;
  int reason;
  long nanos;
  long sourceHigh;
  long sourceLow;
  long destinationHigh;
  long destinationLow;
  int sourcePort;
  int destinationPort;
  int sourceIdentity;
  int destinationIdentity;
  int service;
  int egressRule;
  int ingressRule;
  long packets;
  long bytes;
  long replyPackets;
  long replyBytes;

  Party source = Party.NOBODY;
  Party destination = Party.NOBODY;
  Optional<ResourceKey> serviceKey = Optional.empty();
  Flow.Said egress = Flow.Said.NOTHING;
  Flow.Said ingress = Flow.Said.NOTHING;

  /**
   * Takes in the record of {@code length} bytes at {@code at}.
   *
   * @param now nanoseconds, to which the time of the event is near: the kernel tells 40 bits of it
   * @return false where its type or version is not known, or it is shorter than its type
   */
  boolean decode(byte[] record, int at, int length, long now) {
    if (length < EventLayout.SIZE || EventLayout.version(record, at) != Abi.ABI_EVENTS) {
      return false;
    }
    Optional<Event.Type> known = Event.Type.of(EventLayout.type(record, at));
    if (known.isEmpty()) {
      return false;
    }
    type = known.get();
    flags = EventLayout.flags(record, at);
    boolean six = ipv6();
    if (length < size(type.counted(), six)) {
      return false;
    }
    nanos = near(now, EventLayout.time(record, at), EventLayout.timeHigh(record, at));
    protocol = EventLayout.protocol(record, at);
    tcpFlags = EventLayout.tcpFlags(record, at);
    sourcePort = EventLayout.sourcePort(record, at);
    destinationPort = EventLayout.destinationPort(record, at);
    packets = bytes = replyPackets = replyBytes = 0;
    if (type.counted()) {
      decodeCounts(record, at, six);
    } else {
      decodeDecision(record, at + Event4Layout.DECISION);
      addresses(record, at + (six ? Event6Layout.SOURCE : Event4Layout.SOURCE), six);
    }
    return true;
  }

  private static int size(boolean counted, boolean six) {
    if (counted) {
      return six ? Event6CountsLayout.SIZE : Event4CountsLayout.SIZE;
    }
    return six ? Event6Layout.SIZE : Event4Layout.SIZE;
  }

  private static long near(long now, int time, int timeHigh) {
    long units = now >> TIME_UNIT_BITS;
    long told = (long) timeHigh << Integer.SIZE | Integer.toUnsignedLong(time);
    int spare = Long.SIZE - TIME_BITS;
    long ahead = (told - units) << spare >> spare;
    return (units + ahead) << TIME_UNIT_BITS;
  }

  private void decodeDecision(byte[] record, int at) {
    sourceIdentity = EventDecisionLayout.sourceIdentity(record, at);
    destinationIdentity = EventDecisionLayout.destinationIdentity(record, at);
    service = EventDecisionLayout.service(record, at);
    egressRule = EventDecisionLayout.egressRule(record, at);
    ingressRule = EventDecisionLayout.ingressRule(record, at);
    reason = EventDecisionLayout.reason(record, at);
  }

  /** Counters are of the direction; what was decided is not known yet. */
  private void decodeCounts(byte[] record, int at, boolean six) {
    sourceIdentity = destinationIdentity = 0;
    service = egressRule = ingressRule = reason = 0;
    addresses(record, at + (six ? Event6CountsLayout.SOURCE : Event4CountsLayout.SOURCE), six);
    long countedPackets =
        six ? Event6CountsLayout.packets(record, at) : Event4CountsLayout.packets(record, at);
    long countedBytes =
        six ? Event6CountsLayout.bytes(record, at) : Event4CountsLayout.bytes(record, at);
    if (reply()) {
      replyPackets = countedPackets;
      replyBytes = countedBytes;
    } else {
      packets = countedPackets;
      bytes = countedBytes;
    }
  }

  private void addresses(byte[] record, int at, boolean six) {
    if (six) {
      sourceHigh = (long) NETWORK_LONGS.get(record, at);
      sourceLow = (long) NETWORK_LONGS.get(record, at + 8);
      destinationHigh = (long) NETWORK_LONGS.get(record, at + 16);
      destinationLow = (long) NETWORK_LONGS.get(record, at + 24);
    } else {
      long both = (long) NETWORK_LONGS.get(record, at);
      sourceHigh = destinationHigh = 0;
      sourceLow = both >>> Integer.SIZE;
      destinationLow = both & 0xffffffffL;
    }
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  boolean reply() {
    return has(Abi.EVENT_REPLY);
  }

  boolean ipv6() {
    return has(Abi.EVENT_IPV6);
  }

  /** A frame of no family is told as IPv6 between unspecified addresses. */
  boolean hasAddresses() {
    return !ipv6() || (sourceHigh | sourceLow | destinationHigh | destinationLow) != 0;
  }

  /** Turns a direction that answers into the one that asked. */
  void turn() {
    long high = sourceHigh;
    long low = sourceLow;
    sourceHigh = destinationHigh;
    sourceLow = destinationLow;
    destinationHigh = high;
    destinationLow = low;
    int port = sourcePort;
    sourcePort = destinationPort;
    destinationPort = port;
    int identity = sourceIdentity;
    sourceIdentity = destinationIdentity;
    destinationIdentity = identity;
    flags ^= Abi.EVENT_REPLY;
  }

  Flow.Verdict verdict() {
    if (type == Event.Type.DROPPED) {
      return Flow.Verdict.DROPPED;
    }
    return has(Abi.EVENT_AUDIT) ? Flow.Verdict.AUDIT : Flow.Verdict.FORWARDED;
  }

  /** Writes the numbers to {@code at} and what follows. */
  void store(long[] words, int at) {
    words[at] = sourceHigh;
    words[at + 1] = sourceLow;
    words[at + 2] = destinationHigh;
    words[at + 3] = destinationLow;
    words[at + 4] =
        (long) sourcePort << 48
            | (long) destinationPort << 32
            | (long) protocol << 24
            | (long) tcpFlags << 16
            | (long) flags << 8
            | type.number();
    words[at + 5] = (long) sourceIdentity << 32 | Integer.toUnsignedLong(destinationIdentity);
    words[at + 6] =
        (long) reason << 48 | (long) service << 32 | (long) egressRule << 16 | ingressRule;
    words[at + 7] = nanos;
    words[at + 8] = packets;
    words[at + 9] = bytes;
    words[at + 10] = replyPackets;
    words[at + 11] = replyBytes;
  }

  /** The inverse of {@link #store}. */
  void load(long[] words, int at) {
    sourceHigh = words[at];
    sourceLow = words[at + 1];
    destinationHigh = words[at + 2];
    destinationLow = words[at + 3];
    long head = words[at + 4];
    sourcePort = (int) (head >>> 48);
    destinationPort = (int) (head >>> 32) & 0xffff;
    protocol = (int) (head >>> 24) & 0xff;
    tcpFlags = (int) (head >>> 16) & 0xff;
    flags = (int) (head >>> 8) & 0xff;
    type = Event.Type.of((int) head & 0xff).orElseThrow();
    sourceIdentity = (int) (words[at + 5] >>> 32);
    destinationIdentity = (int) words[at + 5];
    long decision = words[at + 6];
    reason = (int) (decision >>> 48);
    service = (int) (decision >>> 32) & 0xffff;
    egressRule = (int) (decision >>> 16) & 0xffff;
    ingressRule = (int) decision & 0xffff;
    nanos = words[at + 7];
    packets = words[at + 8];
    bytes = words[at + 9];
    replyPackets = words[at + 10];
    replyBytes = words[at + 11];
  }

  Address sourceAddress() {
    return new Address(ipv6(), sourceHigh, sourceLow);
  }

  Address destinationAddress() {
    return new Address(ipv6(), destinationHigh, destinationLow);
  }

  /** A copy of what the kernel told. */
  Event event() {
    return new Event(
        type,
        reason,
        protocol,
        tcpFlags,
        nanos,
        sourceIdentity,
        destinationIdentity,
        sourcePort,
        destinationPort,
        service,
        flags,
        hasAddresses()
            ? Optional.of(new Event.Ends(sourceAddress(), destinationAddress()))
            : Optional.empty(),
        type.counted()
            ? Optional.of(new Event.Counts(packets, bytes, replyPackets, replyBytes))
            : Optional.empty());
  }
}
