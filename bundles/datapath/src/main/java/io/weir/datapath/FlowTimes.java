package io.weir.datapath;

import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.datapath.abi.ConfigLayout;

/**
 * How long an idle flow is kept, and how often a busy one is told of, in seconds; and how many
 * drops are told. The defaults of the former are those of Linux' connection tracking.
 *
 * @param ticks of the kernel's clock a second
 * @param dropEvents a second, of one pod and for one reason
 */
record FlowTimes(
    int ticks, int report, int opening, int established, int closing, int idle, int dropEvents) {
  private static final int MOST_DROP_EVENTS = 1_000_000;

  static final Setting<Integer> REPORT =
      Setting.number(
          "flow-report-interval",
          60,
          0,
          86_400,
          "Seconds between two counter events of a flow; 0 tells none.");
  static final Setting<Integer> OPENING =
      Setting.number(
          "flow-timeout-tcp-opening",
          120,
          1,
          86_400,
          "Seconds for which a TCP flow without traffic is kept before it is established.");
  static final Setting<Integer> ESTABLISHED =
      Setting.number(
          "flow-timeout-tcp-established",
          432_000,
          1,
          2_000_000,
          "Seconds for which an established TCP flow without traffic is kept.");
  static final Setting<Integer> CLOSING =
      Setting.number(
          "flow-timeout-tcp-closing",
          120,
          1,
          86_400,
          "Seconds for which a closed TCP flow is kept.");
  static final Setting<Integer> IDLE =
      Setting.number(
          "flow-timeout-other",
          180,
          1,
          86_400,
          "Seconds for which a flow of another protocol without traffic is kept.");

  static final Setting<Integer> DROP_EVENTS =
      Setting.number(
          "drop-events-per-second",
          100,
          0,
          MOST_DROP_EVENTS,
          "How many drops are told of one pod and for one reason; those above are only counted. 0"
              + " tells none.");

  static final Setting<?>[] SETTINGS = {REPORT, OPENING, ESTABLISHED, CLOSING, IDLE, DROP_EVENTS};

  /** Telling as many drops as can be. */
  FlowTimes(int ticks, int report, int opening, int established, int closing, int idle) {
    this(ticks, report, opening, established, closing, idle, MOST_DROP_EVENTS);
  }

  static FlowTimes of(int ticks, Settings.View settings) {
    return new FlowTimes(
        ticks,
        settings.get(REPORT),
        settings.get(OPENING),
        settings.get(ESTABLISHED),
        settings.get(CLOSING),
        settings.get(IDLE),
        settings.get(DROP_EVENTS));
  }

  void encode(byte[] config) {
    ConfigLayout.hz(config, 0, ticks);
    ConfigLayout.report(config, 0, report * ticks);
    ConfigLayout.tcpOpening(config, 0, opening * ticks);
    ConfigLayout.tcpEstablished(config, 0, established * ticks);
    ConfigLayout.tcpClosing(config, 0, closing * ticks);
    ConfigLayout.idle(config, 0, idle * ticks);
    ConfigLayout.dropEvents(config, 0, dropEvents);
  }
}
