package io.weir.datapath;

import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.abi.DropsLayout;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.SkBuff;
import io.weir.linux.Linux;
import io.weir.linux.RingBatch;
import io.weir.linux.RingReader;
import io.weir.linux.TestRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs of a node's programs on packets, and what they tell and count. */
final class ProgramRuns implements AutoCloseable {
  private final Linux linux;
  private final LoadedObjects kernel;
  private final TestNetns netns;
  private final RingReader events;
  private final RingBatch batch = new RingBatch(1 << 20, 4096);

  ProgramRuns(Linux linux, LoadedObjects kernel, TestNetns netns) {
    this.linux = linux;
    this.kernel = kernel;
    this.netns = netns;
    events = linux.rings().open(List.of(kernel.map("events")));
  }

  Outcome run(String program, int ifindex, byte[] packet) {
    Map<Integer, Long> before = drops();
    TestRun.Result result = run(program, ifindex, packet, 1);
    Map<Integer, Long> drops = new TreeMap<>();
    drops()
        .forEach(
            (reason, count) -> {
              long more = count - before.getOrDefault(reason, 0L);
              if (more != 0) {
                drops.put(reason, more);
              }
            });
    return new Outcome(result.code(), result.data(), told(), drops);
  }

  TestRun.Result run(String program, int ifindex, byte[] packet, int times) {
    return linux
        .namespaces()
        .call(
            netns.path(),
            () ->
                kernel
                    .program(program)
                    .run(TestRun.of(packet).context(SkBuff.at(ifindex)).repeat(times)));
  }

  /** Events since the last call. */
  List<Told> told() {
    List<Told> all = new ArrayList<>();
    for (int count = events.read(batch); count > 0; count = events.read(batch)) {
      for (int i = 0; i < count; i++) {
        int start = batch.starts()[i];
        all.add(Told.of(Arrays.copyOfRange(batch.bytes(), start, start + batch.lengths()[i])));
      }
    }
    return all;
  }

  /** Reason → packets dropped so far, by both programs. */
  private Map<Integer, Long> drops() {
    Map<Integer, Long> all = new TreeMap<>();
    kernel
        .map("drops")
        .forEach(
            (key, values) -> {
              long packets = 0;
              for (int at = 0; at < values.length; at += DropsLayout.SIZE) {
                packets += DropsLayout.packets(values, at);
              }
              if (packets != 0) {
                all.merge(Revisions.number(key) / 2, packets, Long::sum);
              }
            });
    return all;
  }

  @Override
  public void close() {
    events.close();
  }
}
