package io.weir.datapath;

import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.DropsLayout;
import io.weir.itests.testing.BpfBuild;
import io.weir.itests.testing.TestPins;
import io.weir.linux.AttachType;
import io.weir.linux.BpfLink;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A node whose programs are attached to its pods' interfaces, whose tables of flows may change
 * their size, and in whose pods the program {@code src/test/c/chatter.c} talks.
 */
final class LiveNode implements AutoCloseable {
  final TestNode node;
  final List<Pod> pods = new ArrayList<>();
  final KernelTicks ticks;

  private final List<BpfLink> links = new ArrayList<>();
  private final Chatter chatter = new Chatter();
  private final TestPins pins;
  private final PinnedMaps maps;
  private final FlowTables tables;
  private final BpfObject clockObject;
  private final BpfProgram clock;

  /** With so many pods, of identities from 1001 on, that may do everything. */
  LiveNode(String purpose, int count) {
    node = new TestNode(purpose);
    for (int id = 1; id <= count; id++) {
      pods.add(node.pod(id, 1000 + id));
    }
    node.put();
    Wires.prepare(node);
    pods.forEach(pod -> Wires.route(node, pod));
    pods.forEach(this::attach);
    clockObject = node.linux.bpf().open("clock", BpfBuild.object("clock"));
    clockObject.load();
    clock = clockObject.program("clock");
    ticks = new KernelTicks(clock);
    pins = TestPins.create(purpose);
    Path root = pins.path().resolve("maps");
    for (String name : Abi.MAPS.keySet()) {
      Pins.directory(PinnedMaps.pin(root, name).getParent());
      node.kernel.map(name).pin(PinnedMaps.pin(root, name));
    }
    maps = new PinnedMaps(node.linux.bpf(), root);
    tables = new FlowTables(node.linux.bpf(), maps, ticks, this::another, step -> {});
  }

  private BpfMap another(String name, int entries) {
    try (BpfObject object = node.linux.bpf().open("pod", BpfBuild.object("pod"))) {
      return maps.another(object, name, entries);
    }
  }

  private void attach(Pod pod) {
    node.linux
        .namespaces()
        .call(
            node.netns.path(),
            () -> {
              links.add(attached("from_pod", pod, AttachType.TCX_INGRESS));
              links.add(attached("to_pod", pod, AttachType.TCX_EGRESS));
              return null;
            });
  }

  private BpfLink attached(String program, Pod pod, AttachType type) {
    return node.linux.bpf().attachToInterface(node.kernel.program(program), pod.ifindex(), type);
  }

  void resize(FlowFamily family, int entries) {
    tables.resize(family, entries);
  }

  BpfMap flows(FlowFamily family) {
    return maps.map(family.flows());
  }

  Conntrack conntrack(FlowFamily family) {
    return new Conntrack(family, flows(family), maps.map(family.nats()));
  }

  /** A table of this size with nothing in it. */
  void emptyTable(FlowFamily family, int entries) {
    List<byte[]> keys = new ArrayList<>();
    flows(family).forEach((key, flow) -> keys.add(key));
    keys.forEach(flows(family)::delete);
    resize(family, entries);
  }

  /** Reason → packets dropped so far, but for neighbours' chatter. */
  Map<Integer, Long> drops() {
    Map<Integer, Long> all = new TreeMap<>();
    node.kernel
        .map("drops")
        .forEach(
            (key, values) -> {
              for (int at = 0; at < values.length; at += DropsLayout.SIZE) {
                long packets = DropsLayout.packets(values, at);
                if (packets != 0) {
                  all.merge(Revisions.number(key) / 2, packets, Long::sum);
                }
              }
            });
    all.keySet()
        .removeAll(List.of(Abi.REASON_FORBIDDEN_ICMP6, Abi.REASON_MULTICAST, Abi.REASON_ARP));
    return all;
  }

  /** Starts an echo server in a pod, and returns when it listens. */
  void serve(Pod pod, boolean six, int port) {
    chatter.serve(pod.inside(), pod.party().address(six).toString(), port);
  }

  Talk.Client start(Pod pod, String... words) {
    return chatter.start(pod.inside(), words);
  }

  @Override
  public void close() {
    chatter.close();
    links.forEach(BpfLink::close);
    maps.close();
    pins.close();
    clock.close();
    clockObject.close();
    node.close();
  }
}
