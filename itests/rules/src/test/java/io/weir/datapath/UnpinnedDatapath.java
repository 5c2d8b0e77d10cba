package io.weir.datapath;

import io.weir.api.table.Tables;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.BpfBuild;
import io.weir.linux.Bpf;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.Linux;
import io.weir.linux.MapInfo;
import io.weir.linux.MapSpec;
import io.weir.linux.MapType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The datapath over maps and programs that are pinned and attached nowhere: tables are mirrored
 * into them, and the programs are there to be run on packets of a test's own.
 */
public final class UnpinnedDatapath implements AutoCloseable {
  private static final int TICKS = 100;

  private final Unpinned kernel;
  private final Datapath datapath;

  public UnpinnedDatapath(Tables tables, Linux linux) {
    kernel = new Unpinned(linux.bpf());
    FlowTimes times = FlowTimes.usual(TICKS);
    datapath = new Datapath(tables, kernel, () -> times, UnpinnedDatapath::unmasqueraded);
  }

  private static MasqueradeSettings unmasqueraded() {
    return new MasqueradeSettings(
        false, false, new MasqueradeSettings.Ports(20_000, 29_999), List.of());
  }

  public BpfProgram program(String name) {
    return kernel.pod.program(name);
  }

  public BpfMap map(String name) {
    return kernel.map(name);
  }

  /**
   * A write to a map.
   *
   * @param slot of policies' maps and of revisions; 0 of others
   * @param of a rule its class, of a class its peer's identity; 0 of others
   */
  public record Write(String map, int slot, int of) {}

  /** What was written since this was asked for last. */
  public List<Write> writes() {
    return kernel.writes.drain();
  }

  @Override
  public void close() {
    datapath.close();
    kernel.close();
  }

  private static final class Unpinned implements Kernel {
    private final BpfObject pod;
    private final Map<String, BpfMap> maps = new HashMap<>();
    private final Set<Integer> attached = new TreeSet<>();
    private final CountedWrites writes = new CountedWrites();

    Unpinned(Bpf bpf) {
      pod = bpf.open("pod", BpfBuild.object("pod"));
      pod.load();
      for (String name : pod.maps()) {
        if (Abi.MAPS.containsKey(name)) {
          maps.put(name, writes.counted(name, pod.map(name)));
        }
      }
      try (BpfObject sock = bpf.open("sock", BpfBuild.object("sock"))) {
        for (String name : sock.maps()) {
          if (Abi.MAPS.containsKey(name) && !maps.containsKey(name)) {
            maps.put(name, writes.counted(name, bpf.createMap(spec(name, sock.declared(name)))));
          }
        }
      }
    }

    private static MapSpec spec(String name, MapInfo declared) {
      MapType type = MapType.of(declared.type()).orElseThrow();
      return new MapSpec(
          name,
          type,
          declared.keyBytes(),
          declared.valueBytes(),
          declared.maxEntries(),
          declared.flags());
    }

    @Override
    public BpfMap map(String name) {
      return maps.get(name);
    }

    @Override
    public void attach(int ifindex, String device) {
      attached.add(ifindex);
    }

    @Override
    public void detach(int ifindex) {
      attached.remove(ifindex);
    }

    @Override
    public Set<Integer> attached() {
      return Set.copyOf(attached);
    }

    @Override
    public void attachUplink(int ifindex) {}

    @Override
    public void detachUplink(int ifindex) {}

    @Override
    public Set<Integer> uplinks() {
      return Set.of();
    }

    @Override
    public void attachSockets(String cgroupRoot) {}

    @Override
    public boolean otherAbi() {
      return false;
    }

    @Override
    public void tidy() {}

    @Override
    public void close() {
      maps.values().forEach(BpfMap::close);
      pod.close();
    }
  }
}
