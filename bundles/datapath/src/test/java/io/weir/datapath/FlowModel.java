package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.packet.Packet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the programs must make of packets, said once more and without a map: the entries of flows,
 * who may ask whom, and what becomes of both with every packet. Pods are numbers from 1 on, which
 * stand for their interfaces and addresses, too; 0 is all that is outside. Nothing is translated.
 *
 * <pre>
 *   a packet ── entry met here, valid? ──► counted, passed      (not where it has no ACK: SYN, RST)
 *                  │ no
 *             who sends it is who it says ─► an entry of either direction says who asked;
 *                                            a SYN asks; SYN-ACK and echo reply answer;
 *                                            of TCP in mid-stream the sender asks, or else answers
 *                                                └─► may that one ask? ─► two entries, and passed
 * </pre>
 */
final class FlowModel {
  static final int OUTSIDE = 0;

  private static final int FIRST_IDENTITY = 1000;
  private static final int OPENS = Packet.SYN | Packet.ACK;

  /** Both directions of all flows. */
  private final Map<Key, FlowModelEntry> entries = new HashMap<>();

  private final Map<Integer, Policy> policies = new HashMap<>();
  private final Map<Integer, Integer> revisions = new HashMap<>();
  private List<String> told = new ArrayList<>();

  /** A direction of a flow; of echo one port is the type of requests, the other the identifier. */
  record Key(
      boolean ipv6,
      int protocol,
      int source,
      int sourcePort,
      int destination,
      int destinationPort) {
    Key reversed() {
      return new Key(ipv6, protocol, destination, destinationPort, source, sourcePort);
    }

    boolean tcp() {
      return protocol == Packet.TCP;
    }

    boolean echo() {
      return protocol == Packet.ICMP || protocol == Packet.ICMP6;
    }

    boolean echoReply() {
      return echo() && sourcePort == (ipv6 ? 128 : 8);
    }

    /** The pod at whose veth it is met if nobody lies: its sender, else its receiver. */
    int place() {
      return source == OUTSIDE ? destination : source;
    }
  }

  /**
   * A packet.
   *
   * @param at the pod at whose host side it is met, by to_pod or by from_pod
   */
  record Send(Key key, int flags, int at, boolean toPod, boolean wrongMac) {
    boolean syn() {
      return key.tcp() && (flags & OPENS) == Packet.SYN;
    }

    /** Nothing is wrong with who sends it. */
    boolean honest() {
      return at == key.place() && toPod == (key.source() == OUTSIDE) && !wrongMac;
    }

    /** SYN, SYN and ACK, RST with or without ACK, FIN and ACK, ACK. */
    boolean wellFormed() {
      int kind = flags & (Packet.FIN | Packet.SYN | Packet.RST | Packet.ACK);
      return !key.tcp() || List.of(2, 18, 4, 20, 17, 16).contains(kind);
    }
  }

  /** Of a pod in a direction: what a peer may be asked for, or ask for. */
  record Policy(boolean open, Map<Rule, Boolean> rules) {
    static final Policy OPEN = new Policy(true, Map.of());

    boolean permits(Rule rule) {
      return rules.getOrDefault(rule, open);
    }

    int reason(Rule rule) {
      if (permits(rule)) {
        return Abi.REASON_NONE;
      }
      return rules.containsKey(rule) ? Abi.REASON_POLICY_DENY : Abi.REASON_POLICY_DENIED;
    }

    int number(Rule rule) {
      return rules.containsKey(rule) ? rule.number() : 0;
    }
  }

  record Rule(int peer, int protocol, int port) {
    int number() {
      return 1 + (peer * 131 + protocol * 31 + port) % 60_000;
    }
  }

  /** What becomes of a packet. */
  record Fate(String verdict, List<String> told) {}

  /** An entry as it can be seen from outside. */
  record View(
      int at,
      int redirect,
      int flags,
      int tcpFlags,
      int state,
      long packets,
      long bytes,
      int egressSlot,
      int ingressSlot,
      int rule,
      int source,
      int destination,
      boolean valid) {}

  static int egressSlot(int pod) {
    return pod == OUTSIDE ? 0 : 2 * pod;
  }

  static int ingressSlot(int pod) {
    return pod == OUTSIDE ? 0 : 2 * pod + 1;
  }

  static int identity(int who, boolean ipv6) {
    if (who == OUTSIDE) {
      return ipv6 ? Abi.IDENTITY_WORLD_IPV6 : Abi.IDENTITY_WORLD_IPV4;
    }
    return FIRST_IDENTITY + who;
  }

  /**
   * Another policy is in force.
   *
   * @param raised the slot's flows are to be decided anew
   */
  void policy(int slot, Policy policy, boolean raised) {
    policies.put(slot, policy);
    if (raised) {
      revisions.merge(slot, 1, Integer::sum);
    }
  }

  Policy policy(int slot) {
    return policies.getOrDefault(slot, Policy.OPEN);
  }

  boolean evict(Key key) {
    return entries.remove(key) != null;
  }

  /**
   * The entry has been idle for longer than it may; false where there is none, or it has already.
   */
  boolean age(Key key) {
    FlowModelEntry entry = entries.get(key);
    if (entry == null || entry.dead) {
      return false;
    }
    entry.dead = true;
    return true;
  }

  Optional<View> view(Key key) {
    return Optional.ofNullable(entries.get(key)).map(entry -> view(key, entry));
  }

  private View view(Key key, FlowModelEntry entry) {
    int flags =
        (entry.asks ? Abi.FLOW_INITIATOR : 0)
            | (entry.toPod ? Abi.FLOW_TO_POD : 0)
            | (entry.closed ? Abi.FLOW_CLOSED : 0)
            | (entry.guessed ? Abi.FLOW_GUESSED : 0);
    return new View(
        entry.at,
        entry.redirect,
        flags,
        entry.tcpFlags,
        entry.state,
        entry.packets,
        entry.bytes,
        entry.egressSlot,
        entry.ingressSlot,
        entry.rule,
        identity(key.source(), key.ipv6()),
        identity(key.destination(), key.ipv6()),
        isValid(entry));
  }

  /** 0 where who asks by such packets may do so now, or the reason for which not. */
  int judge(Key asks) {
    if (asks.source() == asks.destination()) {
      return Abi.REASON_NONE; // nobody is kept from itself
    }
    int reason = Abi.REASON_NONE;
    if (asks.source() != OUTSIDE) {
      reason = policy(egressSlot(asks.source())).reason(rule(asks, asks.destination()));
    }
    if (reason == Abi.REASON_NONE && asks.destination() != OUTSIDE) {
      reason = policy(ingressSlot(asks.destination())).reason(rule(asks, asks.source()));
    }
    return reason;
  }

  private static Rule rule(Key asks, int peer) {
    return new Rule(peer, asks.protocol(), asks.destinationPort());
  }

  Fate send(Send send, int length) {
    told = new ArrayList<>();
    return new Fate(verdict(send, length), told);
  }

  private String verdict(Send send, int length) {
    Key key = send.key();
    FlowModelEntry entry = entries.get(key);
    boolean goesOn = entry != null && entry.isMet(send) && isValid(entry);
    if (goesOn && (!key.tcp() || (send.flags() & Packet.ACK) != 0)) {
      return pass(send, entry, length);
    }
    if (!send.wellFormed()) {
      return drop(key, Abi.REASON_INVALID_HEADER);
    }
    if (send.at() != (send.toPod() ? key.destination() : key.source())) {
      return drop(key, send.toPod() ? Abi.REASON_STALE_ADDRESS : Abi.REASON_INVALID_SOURCE_IP);
    }
    if (!send.toPod() && send.wrongMac()) {
      return drop(key, Abi.REASON_INVALID_SOURCE_MAC);
    }
    return goesOn && !send.syn() ? pass(send, entry, length) : decide(send, entry, length);
  }

  private String decide(Send send, FlowModelEntry there, int length) {
    Key key = send.key();
    FlowModelEntry met = there != null && there.isMet(send) && !there.dead ? there : null;
    FlowModelEntry other = entries.get(key.reversed());
    boolean guessed = false;
    boolean asks = true;
    boolean fresh = false;
    if (send.syn()) {
      fresh = met == null || !met.asks || !met.opening();
    } else if (met != null) {
      asks = met.asks;
      guessed = met.guessed;
    } else if (other != null && other.isAnsweredAt(send) && !other.dead) {
      asks = !other.asks;
      guessed = other.guessed;
    } else {
      fresh = true;
      asks = !isAnswer(send);
      guessed = asks && key.tcp();
    }
    if (send.toPod() && key.source() != OUTSIDE) {
      return drop(key, Abi.REASON_INVALID_SOURCE_IP); // pods reach each other by from_pod only
    }
    int reason = judge(asks ? key : key.reversed());
    if (reason != 0 && guessed && judge(asks ? key.reversed() : key) == 0) {
      asks = !asks;
      fresh = true;
      reason = 0;
    }
    if (reason != 0) {
      return drop(key, reason);
    }
    store(send, asks, guessed, fresh);
    if (fresh) {
      tell("opened", asks ? key : key.reversed());
    }
    return pass(send, entries.get(key), length);
  }

  private static boolean isAnswer(Send send) {
    return send.key().tcp() ? (send.flags() & OPENS) == OPENS : send.key().echoReply();
  }

  private static int firstState(Send send) {
    return switch (send.key().protocol()) {
      case Packet.TCP ->
          send.syn()
              ? Abi.STATE_TCP_SYN_SENT
              : (send.flags() & Packet.SYN) != 0
                  ? Abi.STATE_TCP_SYN_RECEIVED
                  : Abi.STATE_TCP_ESTABLISHED;
      case Packet.UDP -> Abi.STATE_UDP;
      default -> Abi.STATE_ICMP;
    };
  }

  private void store(Send send, boolean asks, boolean guessed, boolean fresh) {
    Key key = send.key();
    Key asking = asks ? key : key.reversed();
    FlowModelEntry was = entries.getOrDefault(key, entries.get(key.reversed()));
    int state = fresh || was == null ? firstState(send) : was.state;
    for (Key direction : List.of(key.reversed(), key)) {
      FlowModelEntry before = fresh ? null : entries.get(direction);
      FlowModelEntry entry = new FlowModelEntry();
      entry.asks = direction.equals(asking);
      entry.at = direction.place();
      entry.toPod = direction.source() == OUTSIDE;
      entry.redirect = entry.toPod ? 0 : direction.destination();
      entry.state = state;
      entry.guessed = guessed;
      entry.egressSlot = egressSlot(asking.source());
      entry.ingressSlot = ingressSlot(asking.destination());
      entry.egressRevision = revision(entry.egressSlot);
      entry.ingressRevision = revision(entry.ingressSlot);
      entry.rule = decidedBy(asking, entry.asks);
      if (before != null) {
        entry.closed = before.closed;
        entry.tcpFlags = before.tcpFlags;
        entry.packets = before.packets;
        entry.bytes = before.bytes;
      }
      entries.put(direction, entry);
    }
  }

  private int decidedBy(Key asking, boolean egress) {
    int subject = egress ? asking.source() : asking.destination();
    int peer = egress ? asking.destination() : asking.source();
    if (subject == OUTSIDE || subject == peer) {
      return 0;
    }
    return policy(egress ? egressSlot(subject) : ingressSlot(subject)).number(rule(asking, peer));
  }

  private String pass(Send send, FlowModelEntry entry, int length) {
    Key key = send.key();
    int news = key.tcp() ? send.flags() & ~entry.tcpFlags : 0;
    boolean firstReply = entry.packets == 0 && !entry.asks;
    entry.tcpFlags |= news;
    entry.packets++;
    entry.bytes += length;
    entry.dead = false;
    FlowModelEntry other = entries.get(key.reversed());
    if (firstReply || (news & (Packet.ACK | Packet.FIN | Packet.RST)) != 0) {
      entry.step(other);
    }
    if (firstReply) {
      tell("first reply", key);
    }
    boolean reset = (entry.tcpFlags & Packet.RST) != 0;
    boolean bothEnded = other != null && (other.tcpFlags & Packet.FIN) != 0;
    if ((news & (Packet.FIN | Packet.RST)) != 0 && !entry.closed && (reset || bothEnded)) {
      entry.closed = true;
      tellEnd(reset, key, entry);
      if (other != null) {
        other.closed = true;
        tellEnd(reset, key.reversed(), other);
      }
    }
    return entry.redirect == 0 ? "pass" : "redirect";
  }

  private boolean isValid(FlowModelEntry entry) {
    return entry.egressRevision == revision(entry.egressSlot)
        && entry.ingressRevision == revision(entry.ingressSlot);
  }

  private int revision(int slot) {
    return revisions.getOrDefault(slot, 0);
  }

  private String drop(Key key, int reason) {
    tell("dropped " + reason, key);
    return "drop " + reason;
  }

  private void tellEnd(boolean reset, Key key, FlowModelEntry entry) {
    tell(reset ? "reset" : "closed", key, " [%d, %d]".formatted(entry.packets, entry.bytes));
  }

  private void tell(String what, Key key) {
    tell(what, key, "");
  }

  private void tell(String what, Key key, String rest) {
    told.add(what + " " + key + rest);
  }
}
