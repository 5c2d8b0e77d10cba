package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Flow4KeyLayout;
import io.weir.datapath.abi.Flow6KeyLayout;
import java.util.List;

/**
 * The maps of flows of one IP family.
 *
 * @param flows the table in force
 * @param table where the kernel's programs find it
 * @param nats its translations
 * @param protocolAt where the protocol is in a key
 * @param counter who counts insertions
 */
record FlowFamily(
    boolean ipv6, String flows, String table, String nats, int protocolAt, int counter) {
  static final FlowFamily IPV4 =
      new FlowFamily(
          false, "flows4", "table4", "nat4", Flow4KeyLayout.PROTOCOL, Abi.COUNTER_FLOWS4);
  static final FlowFamily IPV6 =
      new FlowFamily(true, "flows6", "table6", "nat6", Flow6KeyLayout.PROTOCOL, Abi.COUNTER_FLOWS6);
  static final List<FlowFamily> BOTH = List.of(IPV4, IPV6);

  /** {@code IPv4}, {@code IPv6}. */
  @Override
  public String toString() {
    return ipv6 ? "IPv6" : "IPv4";
  }
}
