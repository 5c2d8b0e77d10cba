package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import io.weir.linux.BpfMap;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * Whether a table of flows is nearly full, or the kernel evicts what is in it, and who fills it.
 * Nothing that is permitted is cut by an eviction, but each costs a decision.
 */
final class FlowPressure {
  private static final int FULL_PERCENT = 90;

  /**
   * Evictions count from here on only: the estimate of them takes what the kernel deletes itself
   * for evicted, and a table that is half empty evicts nothing.
   */
  private static final int EVICTING_PERCENT = 50;

  private static final int MOST_TALKERS = 3;

  private FlowPressure() {}

  /**
   * A table as one walk found it.
   *
   * @param evicted entries since the walk before, as estimated
   */
  record Table(FlowFamily family, long live, long capacity, long evicted) {
    boolean pressed() {
      long percent = 100 * live / capacity;
      return percent >= FULL_PERCENT || evicted > 0 && percent >= EVICTING_PERCENT;
    }
  }

  /**
   * The warning of a table under pressure.
   *
   * @param pods names of pods, by host-side interface
   */
  static Problem problem(Table table, BpfMap flows, IntFunction<Optional<String>> pods) {
    String talkers =
        talkers(flows, pods).stream()
            .map(talker -> talker.pod() + " " + talker.entries())
            .collect(Collectors.joining(", "));
    return Problem.of(
            "flow table " + table.family(),
            "room for new flows",
            "%s of %s entries, %s evicted since the last look; most are of %s"
                .formatted(table.live(), table.capacity(), table.evicted(), talkers))
        .remedy(
            "see what they are by weir conntrack list --pod, or raise "
                + FlowTableSettings.of(table.family()).key());
  }

  /** A pod, and how many entries there are of flows that it began, or were begun to it. */
  record Talker(String pod, int entries) {}

  /** Those with most entries, the most first. */
  static List<Talker> talkers(BpfMap flows, IntFunction<Optional<String>> pods) {
    Map<Integer, Integer> entries = new HashMap<>();
    flows.forEach((key, flow) -> entries.merge(owner(flow), 1, Integer::sum));
    return entries.entrySet().stream()
        .sorted(Map.Entry.<Integer, Integer>comparingByValue(Comparator.reverseOrder()))
        .limit(MOST_TALKERS)
        .map(
            entry ->
                new Talker(
                    pods.apply(entry.getKey()).orElse("interface " + entry.getKey()),
                    entry.getValue()))
        .toList();
  }

  /** The interface of the pod that began the flow; of one from elsewhere, that of the pod asked. */
  private static int owner(byte[] flow) {
    boolean initiator = (FlowLayout.flags(flow, 0) & Abi.FLOW_INITIATOR) != 0;
    int redirect = FlowLayout.redirect(flow, 0);
    return initiator || redirect == 0 ? FlowLayout.ifindex(flow, 0) : redirect;
  }
}
