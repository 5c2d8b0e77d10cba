package io.weir.lab;

import java.util.List;

/**
 * The lab's addresses, the same in every lab, since labs do not meet: all of them are in
 * namespaces.
 *
 * <pre>
 *   world:  br0  172.30.0.1/24  fd30::1/64          lo  203.0.113.10  2001:db8::10
 *            |
 *   nN:   uplink  172.30.0.(10+N)  fd30::(10+N)      pods  10.244.(16(N-1)).0/20  fd00:244:0:N::/116
 * </pre>
 */
final class Addresses {
  /** The world's, and so the nodes' gateways. */
  static final String GATEWAY4 = "172.30.0.1";

  static final String GATEWAY6 = "fd30::1";

  /** Of a server far away, in the ranges that are for documentation. */
  static final String OUTSIDE4 = "203.0.113.10";

  static final String OUTSIDE6 = "2001:db8::10";

  /** So many blocks of 4096 addresses fit below 10.244.0.0/16. */
  static final int NODES_MOST = 16;

  static final int PREFIX4 = 24;
  static final int PREFIX6 = 64;

  private Addresses() {}

  static String node4(int number) {
    return "172.30.0." + (10 + number);
  }

  static String node6(int number) {
    return "fd30::" + (10 + number);
  }

  static String pods4(int number) {
    return "10.244." + 16 * (number - 1) + ".0/20";
  }

  static String pods6(int number) {
    return "fd00:244:0:" + number + "::/116";
  }

  static List<String> pods(int number) {
    return List.of(pods4(number), pods6(number));
  }
}
