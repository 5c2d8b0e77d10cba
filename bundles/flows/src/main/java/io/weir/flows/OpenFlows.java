package io.weir.flows;

import io.weir.flows.abi.Abi;
import java.util.function.Consumer;

/**
 * What was told when flows opened, for the events that come later and tell no more than one
 * direction's counters. So many flows are remembered at most; where another wants the room, the one
 * goes that was heard of least recently. What is not remembered is told without what only opening
 * tells: identities are then those of the addresses, service and rules are unknown.
 *
 * <p>A flow has {@link RawEvent#WORDS} words, as {@link RawEvent} has them, under the tuple of its
 * initiator. It is looked for in the {@value #WAYS} places of its hash; an unused one has type 0.
 */
final class OpenFlows {
  static final int MOST = 32_768;

  private static final int WAYS = 4;
  private static final int HEAD = 4;
  private static final int NANOS = 7;
  private static final int PACKETS = 8;
  private static final int REPLY_PACKETS = 10;
  private static final long TUPLE_OF_HEAD = 0xffffffffff000000L;
  private static final long FLAGS_OF_HEAD = 0xff00L;
  private static final long TYPE_OF_HEAD = 0xffL;
  private static final long TCP_FLAGS_OF_HEAD = 0xff0000L;

  private final long[] words;
  private final int sets;
  private int halves;

  /**
   * @param most a power of two, at least 4
   */
  OpenFlows(int most) {
    words = new long[most * RawEvent.WORDS];
    sets = most / WAYS;
  }

  /** Remembers a flow whose first packet this is. */
  void opened(RawEvent event) {
    int at = find(event);
    halves -= at >= 0 && isHalf(at) ? 1 : 0;
    event.store(words, at < 0 ? room(event) : at);
  }

  /**
   * Completes an event with counters by what is remembered: what was decided, and the other
   * direction's counters. The end of a flow is turned into the initiator's direction.
   *
   * @return false where the event of the other direction is to follow, which will tell both
   */
  boolean completed(RawEvent event) {
    boolean reply = event.reply();
    if (reply) {
      event.turn();
    }
    boolean end = event.type.end();
    int at = find(event);
    if (at < 0) {
      if (event.has(Abi.EVENT_MORE)) {
        keepHalf(event, room(event));
        return false;
      }
    } else {
      boolean half = isHalf(at);
      complete(event, at, reply);
      if (end && event.has(Abi.EVENT_MORE)) {
        keepHalf(event, at);
        return false;
      }
      if (end) {
        halves -= half ? 1 : 0;
        words[at + HEAD] = 0;
      } else {
        words[at + NANOS] = event.nanos;
        keepCounts(event, at);
      }
    }
    if (!end && reply) {
      event.turn();
    }
    return true;
  }

  /** Shows ends of which the other direction, told long before {@code nanos}, was lost. */
  void overdue(long nanos, RawEvent event, Consumer<RawEvent> shown) {
    for (int at = 0; halves > 0 && at < words.length; at += RawEvent.WORDS) {
      if (isHalf(at) && words[at + NANOS] - nanos < 0) {
        event.load(words, at);
        event.flags &= ~Abi.EVENT_MORE;
        words[at + HEAD] = 0;
        halves--;
        shown.accept(event);
      }
    }
  }

  private void keepHalf(RawEvent event, int at) {
    halves += isHalf(at) ? 0 : 1;
    event.store(words, at);
  }

  /** An end that waits for its other direction: no opened flow has this flag. */
  private boolean isHalf(int at) {
    long head = words[at + HEAD];
    int type = (int) (head & TYPE_OF_HEAD);
    return type != 0
        && type != Abi.EVENT_OPENED
        && (head & FLAGS_OF_HEAD & (long) Abi.EVENT_MORE << 8) != 0;
  }

  private void complete(RawEvent event, int at, boolean reply) {
    event.sourceIdentity = (int) (words[at + 5] >>> 32);
    event.destinationIdentity = (int) words[at + 5];
    long decision = words[at + 6];
    event.service = (int) (decision >>> 32) & 0xffff;
    event.egressRule = (int) (decision >>> 16) & 0xffff;
    event.ingressRule = (int) decision & 0xffff;
    if (reply) {
      event.packets = words[at + PACKETS];
      event.bytes = words[at + PACKETS + 1];
    } else {
      event.replyPackets = words[at + REPLY_PACKETS];
      event.replyBytes = words[at + REPLY_PACKETS + 1];
    }
    if (event.type.end()) {
      event.tcpFlags |= (int) ((words[at + HEAD] & TCP_FLAGS_OF_HEAD) >>> 16);
    }
  }

  private void keepCounts(RawEvent event, int at) {
    words[at + PACKETS] = event.packets;
    words[at + PACKETS + 1] = event.bytes;
    words[at + REPLY_PACKETS] = event.replyPackets;
    words[at + REPLY_PACKETS + 1] = event.replyBytes;
  }

  private int find(RawEvent event) {
    long tuple =
        (long) event.sourcePort << 48
            | (long) event.destinationPort << 32
            | (long) event.protocol << 24;
    int first = first(event);
    for (int way = 0; way < WAYS; way++) {
      int at = first + way * RawEvent.WORDS;
      if ((words[at + HEAD] & TUPLE_OF_HEAD) == tuple
          && words[at + 1] == event.sourceLow
          && words[at + 3] == event.destinationLow
          && words[at] == event.sourceHigh
          && words[at + 2] == event.destinationHigh
          && (words[at + HEAD] & TYPE_OF_HEAD) != 0) {
        return at;
      }
    }
    return -1;
  }

  /** The place that was not in use, or for longest. */
  private int room(RawEvent event) {
    int first = first(event);
    int best = first;
    for (int way = 0; way < WAYS; way++) {
      int at = first + way * RawEvent.WORDS;
      if ((words[at + HEAD] & TYPE_OF_HEAD) == 0) {
        return at;
      }
      if (words[at + NANOS] - words[best + NANOS] < 0) {
        best = at;
      }
    }
    halves -= isHalf(best) ? 1 : 0;
    words[best + HEAD] = 0;
    return best;
  }

  private int first(RawEvent event) {
    long ports = (long) event.sourcePort << 32 | (long) event.destinationPort << 8 | event.protocol;
    long hash = Recent.mix(event.sourceHigh ^ event.destinationLow, event.sourceLow, ports);
    return (int) (hash & sets - 1) * WAYS * RawEvent.WORDS;
  }
}
