package io.weir.datapath;

import io.weir.api.Setting;

/** How many entries the tables of flows have room for. */
final class FlowTableSettings {
  private static final int LEAST = 128;
  private static final int MOST = 1 << 24;

  static final Setting<Integer> IPV4 =
      Setting.number(
          "flow-table-size-ipv4",
          131_072,
          LEAST,
          MOST,
          "Entries in the table of IPv4 flows, two for each flow, of about 145 bytes.");
  static final Setting<Integer> IPV6 =
      Setting.number(
          "flow-table-size-ipv6",
          65_536,
          LEAST,
          MOST,
          "Entries in the table of IPv6 flows, two for each flow, of about 170 bytes.");

  static final Setting<?>[] SETTINGS = {IPV4, IPV6};

  private FlowTableSettings() {}

  static Setting<Integer> of(FlowFamily family) {
    return family.ipv6() ? IPV6 : IPV4;
  }
}
