package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import io.weir.linux.BpfMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Entries of one table of flows into another, whose programs go on with either meanwhile. Moments
 * are jiffies, low 32 bits.
 */
record FlowCopy(BpfMap from, BpfMap to) {
  /** An entry and how long ago its last packet was. */
  private record Entry(byte[] key, byte[] flow, int age) {}

  /** All, or where there is not room for all, those that were used last. */
  void fill(int now) {
    int room = to.info().maxEntries();
    int[] ages = ages(now);
    if (ages.length <= room) {
      from.forEach(to::update);
      return;
    }
    Arrays.sort(ages);
    int oldest = ages[room - 1];
    List<Entry> kept = new ArrayList<>();
    from.forEach(
        (key, flow) -> {
          int age = age(flow, now);
          if (age <= oldest) {
            kept.add(new Entry(key, flow, age));
          }
        });
    kept.sort(Comparator.comparingInt(Entry::age).reversed()); // the kernel evicts what came first
    kept.forEach(entry -> to.update(entry.key(), entry.flow()));
  }

  /**
   * What was written to {@link #from} since a moment and is not newer in {@link #to}: so that
   * nothing is missing of what fell between {@link #fill} and the switch.
   */
  void addSince(int moment) {
    from.forEach(
        (key, flow) -> {
          if (FlowCollector.isPast(moment, FlowLayout.seen(flow, 0))) {
            add(key, flow);
          }
        });
  }

  /** Of what {@link #to} does not have, as much as there is room for, and what was used last. */
  void addWhereRoom(int now) {
    int room = to.info().maxEntries() - to.count();
    List<Entry> missing = new ArrayList<>();
    from.forEach(
        (key, flow) -> {
          if (to.lookup(key).isEmpty()) {
            missing.add(new Entry(key, flow, age(flow, now)));
          }
        });
    missing.stream()
        .sorted(Comparator.comparingInt(Entry::age))
        .limit(Math.max(0, room))
        .forEach(entry -> to.insert(entry.key(), entry.flow()));
  }

  private void add(byte[] key, byte[] flow) {
    byte[] there = to.lookup(key).orElse(null);
    if (there == null
        || FlowCollector.isPast(FlowLayout.seen(there, 0), FlowLayout.seen(flow, 0))) {
      to.update(key, flow);
      return;
    }
    int closed = FlowLayout.flags(flow, 0) & Abi.FLOW_CLOSED;
    if (closed != 0 && (FlowLayout.flags(there, 0) & Abi.FLOW_CLOSED) == 0) {
      FlowLayout.flags(there, 0, FlowLayout.flags(there, 0) | closed);
      to.update(key, there);
    }
  }

  private int[] ages(int now) {
    int[][] ages = {new int[1024]};
    int[] count = {0};
    from.forEach(
        (key, flow) -> {
          if (count[0] == ages[0].length) {
            ages[0] = Arrays.copyOf(ages[0], 2 * count[0]);
          }
          ages[0][count[0]++] = age(flow, now);
        });
    return Arrays.copyOf(ages[0], count[0]);
  }

  /** What was used while the walk went on is new, too. */
  private static int age(byte[] flow, int now) {
    return Math.max(0, now - FlowLayout.seen(flow, 0));
  }
}
