package io.weir.flows;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is shown of the transport: flags, types of ICMP, a summary, as Hubble words them. */
final class L4 {
  /** In the order in which they are summed up. */
  private static final Map<String, Integer> TCP_FLAGS = new LinkedHashMap<>();

  static {
    TCP_FLAGS.put("SYN", 2);
    TCP_FLAGS.put("ACK", 16);
    TCP_FLAGS.put("RST", 4);
    TCP_FLAGS.put("FIN", 1);
    TCP_FLAGS.put("PSH", 8);
    TCP_FLAGS.put("URG", 32);
    TCP_FLAGS.put("ECE", 64);
    TCP_FLAGS.put("CWR", 128);
  }

  private static final int ECHO_REQUEST = 8;
  private static final int ECHO_REPLY = 0;
  private static final int ECHO_REQUEST6 = 128;
  private static final int ECHO_REPLY6 = 129;

  private static final Map<Integer, String> ICMP_TYPES =
      Map.ofEntries(
          Map.entry(ECHO_REPLY, "EchoReply"),
          Map.entry(3, "DestinationUnreachable"),
          Map.entry(5, "Redirect"),
          Map.entry(ECHO_REQUEST, "EchoRequest"),
          Map.entry(11, "TimeExceeded"),
          Map.entry(12, "ParameterProblem"),
          Map.entry(13, "TimestampRequest"),
          Map.entry(14, "TimestampReply"));

  private static final Map<Integer, String> ICMP6_TYPES =
      Map.ofEntries(
          Map.entry(1, "DestinationUnreachable"),
          Map.entry(2, "PacketTooBig"),
          Map.entry(3, "TimeExceeded"),
          Map.entry(4, "ParameterProblem"),
          Map.entry(ECHO_REQUEST6, "EchoRequest"),
          Map.entry(ECHO_REPLY6, "EchoReply"),
          Map.entry(133, "RouterSolicitation"),
          Map.entry(134, "RouterAdvertisement"),
          Map.entry(135, "NeighborSolicitation"),
          Map.entry(136, "NeighborAdvertisement"));

  private L4() {}

  static List<String> tcpFlags(Event event) {
    List<String> set = new ArrayList<>();
    TCP_FLAGS.forEach(
        (name, bit) -> {
          if ((event.tcpFlags() & bit) != 0) {
            set.add(name);
          }
        });
    return set;
  }

  /** Whether the two numbers are ports. */
  static boolean hasPorts(int protocol) {
    return protocol == Event.TCP || protocol == Event.UDP || protocol == Event.SCTP;
  }

  /**
   * The type of an ICMP message. Requests of echo have their type where others have the
   * destination's port, and replies the type of requests where others have the source's.
   */
  static int icmpType(Event event) {
    int request = event.protocol() == Event.ICMP ? ECHO_REQUEST : ECHO_REQUEST6;
    boolean answers =
        event.sourcePort() == request && (event.reply() || event.destinationPort() != request);
    if (answers) {
      return event.protocol() == Event.ICMP ? ECHO_REPLY : ECHO_REPLY6;
    }
    return event.destinationPort();
  }

  /** {@code TCP Flags: SYN, ACK}; empty of other protocols than are known. */
  static String summary(Event event) {
    return switch (event.protocol()) {
      case Event.TCP -> "TCP Flags: " + String.join(", ", tcpFlags(event));
      case Event.UDP -> "UDP";
      case Event.SCTP -> "SCTP";
      case Event.ICMP -> "ICMPv4 " + typeName(ICMP_TYPES, event);
      case Event.ICMP6 -> "ICMPv6 " + typeName(ICMP6_TYPES, event);
      default -> "";
    };
  }

  private static String typeName(Map<Integer, String> names, Event event) {
    int type = icmpType(event);
    return names.getOrDefault(type, Integer.toString(type));
  }
}
