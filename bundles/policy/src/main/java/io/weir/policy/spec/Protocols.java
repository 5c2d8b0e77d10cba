package io.weir.policy.spec;

import java.util.List;
import java.util.Map;

/** Protocol numbers of IANA, by the names that policies and commands use. */
public final class Protocols {
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int ICMPV6 = 58;
  public static final int SCTP = 132;

  /** What {@code ANY} stands for: the protocols with ports, not ICMP. */
  static final List<Integer> WITH_PORTS = List.of(TCP, UDP, SCTP);

  private static final Map<String, Integer> NUMBERS =
      Map.of("ICMP", ICMP, "TCP", TCP, "UDP", UDP, "ICMPV6", ICMPV6, "SCTP", SCTP);

  private Protocols() {}

  /** The number of a name in capitals; null if there is none. */
  public static Integer number(String name) {
    return NUMBERS.get(name);
  }

  /** The name, or the number as text. */
  public static String name(int number) {
    return NUMBERS.entrySet().stream()
        .filter(entry -> entry.getValue() == number)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(Integer.toString(number));
  }
}
