package io.weir.flows;

import io.weir.flows.abi.Abi;
import io.weir.flows.abi.DropKeyLayout;
import io.weir.flows.abi.DropLimitLayout;
import io.weir.flows.abi.DropsLayout;
import io.weir.linux.Bpf;
import io.weir.linux.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The pinned maps of the group {@code events}, which {@code datapath} makes: {@code
 * maps/events-NUMBER/NAME} below the node's directory. Any of them may not be there yet.
 */
final class EventMaps {
  /** What was dropped for one reason, at one hook. */
  record Drops(long packets, long bytes, long suppressed) {}

  /** A pod's interface and reason, of which drops are told up to a limit. */
  record Limit(int ifindex, int reason, boolean toPod) {}

  /** {@code toPod}: on the way into a pod; else out of one. */
  record Place(int reason, boolean toPod) {}

  private final Bpf bpf;
  private final Path group;

  EventMaps(Bpf bpf, Path bpffs) {
    this.bpf = bpf;
    group = bpffs.resolve("maps").resolve("events-" + Abi.GROUPS.get("events"));
  }

  /** To be closed by the caller. */
  Optional<BpfMap> ring() {
    return bpf.findMap(group.resolve("events"));
  }

  /** Events that found no room in the ring, ever. */
  OptionalLong lost() {
    try (BpfMap map = bpf.findMap(group.resolve("counters")).orElse(null)) {
      return map == null
          ? OptionalLong.empty()
          : OptionalLong.of(
              map.lookup(key(Abi.COUNTER_EVENTS_LOST)).map(cpus -> sum(cpus, 8, 0)).orElse(0L));
    }
  }

  /** Those that there were. */
  Map<Place, Drops> drops() {
    Map<Place, Drops> drops = new TreeMap<>(EventMaps::compare);
    try (BpfMap map = bpf.findMap(group.resolve("drops")).orElse(null)) {
      if (map != null) {
        map.forEach(
            (key, cpus) -> {
              int place = ByteBuffer.wrap(key).order(ByteOrder.nativeOrder()).getInt();
              long packets = sum(cpus, DropsLayout.SIZE, DropsLayout.PACKETS);
              if (packets != 0) {
                drops.put(
                    new Place(place / 2, place % 2 == 1),
                    new Drops(
                        packets,
                        sum(cpus, DropsLayout.SIZE, DropsLayout.BYTES),
                        sum(cpus, DropsLayout.SIZE, DropsLayout.SUPPRESSED)));
              }
            });
      }
    }
    return drops;
  }

  /** Drops that were not told; those of which the kernel still knows a pod. */
  Map<Limit, Long> suppressed() {
    Map<Limit, Long> suppressed = new HashMap<>();
    try (BpfMap map = bpf.findMap(group.resolve("drop_limits")).orElse(null)) {
      if (map != null) {
        map.forEach(
            (key, limit) -> {
              long count = DropLimitLayout.suppressed(limit, 0);
              if (count != 0) {
                suppressed.put(
                    new Limit(
                        DropKeyLayout.ifindex(key, 0),
                        DropKeyLayout.reason(key, 0),
                        DropKeyLayout.toPod(key, 0) != 0),
                    count);
              }
            });
      }
    }
    return suppressed;
  }

  private static int compare(Place one, Place other) {
    int byReason = Integer.compare(one.reason, other.reason);
    return byReason != 0 ? byReason : Boolean.compare(one.toPod, other.toPod);
  }

  private static byte[] key(int place) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(place).array();
  }

  /** The sum over all CPUs of the number {@code at} bytes into each one's value. */
  private static long sum(byte[] cpus, int size, int at) {
    ByteBuffer values = ByteBuffer.wrap(cpus).order(ByteOrder.nativeOrder());
    long sum = 0;
    for (int cpu = 0; cpu < cpus.length; cpu += size) {
      sum += values.getLong(cpu + at);
    }
    return sum;
  }
}
