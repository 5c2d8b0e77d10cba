package io.weir.datapath;

import io.weir.api.KernelCheck.Difference;
import io.weir.api.Problem;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.ConfigLayout;
import io.weir.linux.Bpf;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.Linux;
import io.weir.linux.TestRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Maps, programs and links under one directory of bpffs. Opening it adopts what is pinned and loads
 * what is missing or of another object file; programs of interfaces and sockets are replaced as
 * those are attached again.
 */
final class PinnedKernel implements Kernel {
  private final Path root;
  private final PinnedMaps maps;
  private final PinnedPrograms programs;
  private final Interfaces interfaces;
  private final Interfaces uplinks;
  private final SocketHooks sockets;
  private final KernelTicks ticks;
  private final FlowTables flowTables;

  /**
   * @param root {@code /sys/fs/bpf/weir/NODE}
   * @throws io.weir.api.ProblemException when the objects do not fit, or the kernel refuses one;
   *     what was attached before stays so
   */
  PinnedKernel(Linux linux, Path root, ObjectFiles files, Interfaces.Way way) {
    this(linux, root, files, way, step -> {});
  }

  /**
   * @param resizing told of each step in which a table of flows changes its size
   */
  PinnedKernel(
      Linux linux,
      Path root,
      ObjectFiles files,
      Interfaces.Way way,
      Consumer<FlowTables.Step> resizing) {
    if (!files.groups().equals(Abi.GROUPS)) {
      throw Problem.of("bundle io.weir.bpf", "maps of ABI " + Abi.GROUPS, files.groups().toString())
          .remedy("install io.weir.bpf and io.weir.datapath of one version")
          .asException();
    }
    this.root = root;
    Pins.directory(root);
    maps = new PinnedMaps(linux.bpf(), root.resolve("maps"));
    programs = new PinnedPrograms(linux.bpf(), root.resolve("programs"), maps);
    try {
      for (String object : new String[] {"pod", "host", "sock", "clock", "tell"}) {
        programs.open(object, files.object(object));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    interfaces = new Interfaces(linux.bpf(), Interfaces.Kind.PODS, root, programs, way);
    uplinks = new Interfaces(linux.bpf(), Interfaces.Kind.UPLINKS, root, programs, way);
    sockets = new SocketHooks(linux.bpf(), linux.cgroups(), root.resolve("sockets"), programs);
    ticks = new KernelTicks(programs.program("clock"));
    flowTables =
        new FlowTables(
            linux.bpf(), maps, ticks, (name, size) -> another(linux, files, name, size), resizing);
    flowTables.recover();
  }

  private BpfMap another(Linux linux, ObjectFiles files, String name, int entries) {
    try (BpfObject object = linux.bpf().open("pod", files.object("pod"))) {
      return maps.another(object, name, entries);
    }
  }

  /**
   * Takes all of it off the node.
   *
   * @return uplinks whose qdisc clsact stays: others may have filters there
   */
  static Set<Integer> remove(Linux linux, Path root) {
    Set<Integer> left = new TreeSet<>();
    PinnedMaps maps = new PinnedMaps(linux.bpf(), root.resolve("maps"));
    try (maps;
        PinnedPrograms programs = new PinnedPrograms(linux.bpf(), root.resolve("programs"), maps)) {
      for (Interfaces.Kind kind : Interfaces.Kind.values()) {
        Interfaces interfaces =
            new Interfaces(linux.bpf(), kind, root, programs, Interfaces.Way.CLSACT);
        if (kind == Interfaces.Kind.UPLINKS) {
          left.addAll(interfaces.attached(Interfaces.Way.CLSACT));
        }
        interfaces.attached().forEach(interfaces::detach);
      }
      new SocketHooks(linux.bpf(), linux.cgroups(), root.resolve("sockets"), programs).detach();
    }
    Pins.delete(root);
    return left;
  }

  @Override
  public boolean otherAbi() {
    return maps.otherAbi();
  }

  /** What of those maps could not go on, and what that means. */
  List<Problem> lost() {
    return maps.lost();
  }

  KernelTicks ticks() {
    return ticks;
  }

  /** Puts an event of a flow's end into the ring: {@code struct event6_counts}, or IPv4's in it. */
  void tellEnded(byte[] event) {
    programs.program("tell_ended").run(TestRun.ofContext(event));
  }

  /** Jiffies a second, from the map where an earlier engine wrote them, else measured. */
  int ticksPerSecond() {
    int known =
        map("config").lookup(Revisions.word(0)).map(value -> ConfigLayout.hz(value, 0)).orElse(0);
    return known != 0 ? known : ticks.perSecond();
  }

  /** Where maps, interfaces and sockets are not as they should be, by what the kernel says now. */
  List<Difference> differences(Bpf bpf, WantedMaps wanted) {
    EntryText text = new EntryText(wanted);
    Map<Integer, String> pods = new TreeMap<>();
    wanted.endpoints().forEach(row -> pods.put(row.hostIfindex(), text.device(row.hostIfindex())));
    Map<Integer, String> devices = new TreeMap<>();
    wanted.uplinks().forEach(row -> devices.put(row.ifindex(), text.device(row.ifindex())));
    List<Difference> all =
        new ArrayList<>(MapCheck.differences(bpf, this, root.resolve("maps"), wanted));
    all.addAll(interfaces.differences(pods));
    all.addAll(uplinks.differences(devices));
    all.addAll(sockets.differences(Path.of(wanted.node().cgroupRoot())));
    return all;
  }

  /** Gives a table of flows this size, where it has another; its flows stay. */
  void resize(FlowFamily family, int entries) {
    flowTables.resize(family, entries);
  }

  @Override
  public BpfMap map(String name) {
    return maps.map(name);
  }

  @Override
  public void attach(int ifindex, String device) {
    interfaces.attach(ifindex);
  }

  @Override
  public void detach(int ifindex) {
    interfaces.detach(ifindex);
  }

  @Override
  public Set<Integer> attached() {
    return interfaces.attached();
  }

  @Override
  public void attachUplink(int ifindex) {
    uplinks.attach(ifindex);
  }

  @Override
  public void detachUplink(int ifindex) {
    uplinks.detach(ifindex);
  }

  @Override
  public Set<Integer> uplinks() {
    return uplinks.attached();
  }

  @Override
  public void attachSockets(String cgroupRoot) {
    sockets.attach(Path.of(cgroupRoot));
  }

  @Override
  public void tidy() {
    programs.retireOthers();
    maps.retireOthers();
  }

  @Override
  public void close() {
    programs.close();
    maps.close();
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
