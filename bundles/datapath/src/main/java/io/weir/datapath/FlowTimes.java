package io.weir.datapath;

import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.ConfigLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How long an idle flow is kept, and how often a busy one is told of, in seconds; and how many
 * drops are told. The defaults of the former are those of Linux' connection tracking.
 *
 * @param ticks of the kernel's clock a second
 * @param lives how long an idle flow is kept, by {@code enum flow_state}
 * @param dropEvents a second, of one pod and for one reason
 */
record FlowTimes(int ticks, int report, List<Integer> lives, int dropEvents) {
  private static final int MOST_DROP_EVENTS = 1_000_000;

  static final Setting<Integer> REPORT =
      Setting.number(
          "flow-report-interval",
          60,
          0,
          86_400,
          "Seconds between two counter events of a flow; 0 tells none.");

  static final Setting<Integer> DROP_EVENTS =
      Setting.number(
          "drop-events-per-second",
          100,
          0,
          MOST_DROP_EVENTS,
          "How many drops are told of one pod and for one reason; those above are only counted. 0"
              + " tells none.");

  /** State of a flow → how long it may be idle in it. */
  private static final Map<Integer, Setting<Integer>> LIVES = new TreeMap<>();

  static {
    life(Abi.STATE_OTHER, "other", 600, "is of a protocol other than TCP, UDP and ICMP");
    life(Abi.STATE_ICMP, "icmp", 30, "is of ICMP or ICMPv6");
    life(Abi.STATE_UDP, "udp", 30, "is of UDP and not answered yet");
    life(Abi.STATE_UDP_STREAM, "udp-stream", 120, "is of UDP and answered");
    life(Abi.STATE_TCP_SYN_SENT, "tcp-syn-sent", 120, "is of TCP and not answered yet");
    life(
        Abi.STATE_TCP_SYN_RECEIVED,
        "tcp-syn-received",
        60,
        "is of TCP, and whose answer is not acknowledged yet");
    life(Abi.STATE_TCP_ESTABLISHED, "tcp-established", 432_000, "is of TCP and established");
    life(
        Abi.STATE_TCP_FIN_WAIT,
        "tcp-fin-wait",
        120,
        "is of TCP, and that one side has ended without having been acknowledged");
    life(Abi.STATE_TCP_CLOSE_WAIT, "tcp-close-wait", 60, "is of TCP, and that one side has ended");
    life(
        Abi.STATE_TCP_LAST_ACK,
        "tcp-last-ack",
        30,
        "is of TCP, and that both sides have ended, the later one without acknowledgement");
    life(
        Abi.STATE_TCP_TIME_WAIT, "tcp-time-wait", 120, "is of TCP, and that both sides have ended");
    life(Abi.STATE_TCP_CLOSE, "tcp-close", 10, "is of TCP and was reset");
  }

  static final Setting<?>[] SETTINGS =
      Stream.concat(Stream.of(REPORT, DROP_EVENTS), LIVES.values().stream())
          .toArray(Setting<?>[]::new);

  FlowTimes {
    lives = List.copyOf(lives);
    if (lives.size() != Abi.FLOW_STATES) {
      throw new IllegalArgumentException(
          "expected a time for each of %s states, got %s".formatted(Abi.FLOW_STATES, lives));
    }
  }

  private static void life(int state, String name, int seconds, String which) {
    String meaning = "Seconds for which a flow without traffic is kept that " + which + ".";
    LIVES.put(state, Setting.number("flow-timeout-" + name, seconds, 1, 2_000_000, meaning));
  }

  static FlowTimes of(int ticks, Settings.View settings) {
    return new FlowTimes(
        ticks,
        settings.get(REPORT),
        LIVES.values().stream().map(settings::get).toList(),
        settings.get(DROP_EVENTS));
  }

  /** The same time for whatever state; as many drops are told as can be. */
  static FlowTimes alike(int ticks, int report, int life) {
    return new FlowTimes(
        ticks, report, Collections.nCopies(Abi.FLOW_STATES, life), MOST_DROP_EVENTS);
  }

  /** Nothing is told of flows that go on, all drops are, and they live as long as by default. */
  static FlowTimes usual(int ticks) {
    return new FlowTimes(
        ticks,
        0,
        LIVES.values().stream().map(life -> life.value(life.defaultText(), "default")).toList(),
        MOST_DROP_EVENTS);
  }

  /** {@code established}, {@code udp-stream}: a state, as the setting of its time has it. */
  static String name(int state) {
    Setting<Integer> life = LIVES.getOrDefault(state, LIVES.get(Abi.STATE_OTHER));
    return life.key().replace("flow-timeout-", "").replace("tcp-", "");
  }

  /** Jiffies. */
  int life(int state) {
    return state < lives.size() ? lives.get(state) * ticks : 0;
  }

  void encode(byte[] config) {
    ConfigLayout.hz(config, 0, ticks);
    ConfigLayout.report(config, 0, report * ticks);
    ByteBuffer all =
        ByteBuffer.wrap(config, ConfigLayout.LIFE, Integer.BYTES * lives.size())
            .order(ByteOrder.nativeOrder());
    lives.forEach(life -> all.putInt(life * ticks));
    ConfigLayout.dropEvents(config, 0, dropEvents);
  }
}
