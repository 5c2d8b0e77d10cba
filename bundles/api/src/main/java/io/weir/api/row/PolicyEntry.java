package io.weir.api.row;

/**
 * One row of a class: the verdict on a block of destination ports. The entry with the longest
 * {@code portBits} decides, then one of {@code protocol} without ports, then one of protocol {@link
 * #ANY_PROTOCOL}.
 *
 * @param protocol IP protocol number, or {@link #ANY_PROTOCOL}, which has no ports
 * @param port the block's first port; for ICMP and ICMPv6 the type
 * @param portBits 0–16: how many leading bits of the port must match; 0 is every port
 * @param rule id of the {@link PolicyRule} that decides; 0 for none
 */
public record PolicyEntry(int protocol, int port, int portBits, PolicyVerdict verdict, int rule)
    implements Comparable<PolicyEntry> {
  public static final int ANY_PROTOCOL = 0;

  @Override
  public int compareTo(PolicyEntry other) {
    int byProtocol = Integer.compare(protocol, other.protocol);
    if (byProtocol != 0) {
      return byProtocol;
    }
    int byBits = Integer.compare(other.portBits, portBits);
    return byBits != 0 ? byBits : Integer.compare(port, other.port);
  }
}
