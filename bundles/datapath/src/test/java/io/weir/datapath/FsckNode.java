package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.KernelCheck;
import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.api.row.BlockIdentity;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.Uplink;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.TableId;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.TestPins;
import io.weir.linux.BpfMap;
import io.weir.linux.Linux;
import io.weir.state.TableStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tables with a row of each kind, put into the kernel as an engine does it, and what checks it. */
final class FsckNode implements AutoCloseable {
  static final int IDENTITY = 1001;
  static final int EGRESS = 4;
  static final int INGRESS = 5;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  final Linux linux = Linux.open();
  final TestNetns netns = TestNetns.create("fsck");
  final TestCgroup cgroup = TestCgroup.create("fsck");
  final TableStore tables = new TableStore();
  final Path root;
  final int pod;
  final int uplink;

  private final TestPins pins = TestPins.create("fsck");
  private final Interfaces.Way way;
  private PinnedKernel kernel;
  private Datapath datapath;

  FsckNode(Interfaces.Way way) {
    this.way = way;
    root = pins.path().resolve("n1");
    netns.run("ip", "link", "add", "h1", "type", "veth", "peer", "name", "e1");
    netns.run("ip", "link", "add", "up1", "type", "veth", "peer", "name", "e2");
    pod = netns.ifindex("h1");
    uplink = netns.ifindex("up1");
    fill();
    open(false);
    assertThat(settle()).isTrue();
  }

  private void fill() {
    List<Address> addresses = List.of(Address.parse("10.0.0.2"), Address.parse("fd00:10::2"));
    write(
        WeirTables.ENDPOINTS,
        Map.of(
            1,
            new Endpoint(
                1, "default", "web", "c1", "eth0", "h1", pod, "02:00:00:00:01:01", addresses, 77)));
    write(
        WeirTables.ENDPOINT_POLICIES, Map.of(1, new EndpointPolicy(1, IDENTITY, EGRESS, INGRESS)));
    write(WeirTables.COMPILED_POLICIES, policies());
    Prefix block = Prefix.parse("192.0.2.0/24");
    write(
        WeirTables.BLOCK_IDENTITIES,
        Map.of(block, new BlockIdentity(block, Identity.SCOPE_BLOCK + 1)));
    Prefix host = Prefix.parse("10.0.0.1/32");
    write(WeirTables.PREFIX_IDENTITIES, Map.of(host, new PrefixIdentity(host, Identity.HOST)));
    FrontendKey web = new FrontendKey(Address.parse("10.96.0.10"), 80, 6);
    write(
        WeirTables.FRONTENDS,
        Map.of(
            web,
            new Frontend(
                web,
                3,
                new ResourceKey("Service", "default", "web"),
                "",
                List.of(new Backend(addresses.get(0), 8080, "default/web")))));
    write(
        WeirTables.UPLINKS,
        Map.of("up1", new Uplink("up1", uplink, List.of(Address.parse("172.30.1.11")))));
    write(
        WeirTables.LOCAL_NODE,
        Map.of(
            LocalNode.KEY,
            new LocalNode(
                "n1",
                List.of(),
                List.of(Prefix.parse("10.0.0.0/24")),
                List.of(Address.parse("10.0.0.1")),
                "weir_host",
                9,
                "02:00:00:00:00:01",
                1500,
                66,
                cgroup.path().toString())));
  }

  private static Map<Integer, CompiledPolicy> policies() {
    PolicyEntry http = new PolicyEntry(6, 80, 16, PolicyVerdict.ALLOW, 11);
    return Map.of(
        EGRESS,
        new CompiledPolicy(
            EGRESS, Direction.EGRESS, IDENTITY, PolicyVerdict.ALLOW, false, 0, Map.of(), Map.of()),
        INGRESS,
        new CompiledPolicy(
            INGRESS,
            Direction.INGRESS,
            IDENTITY,
            PolicyVerdict.DENY,
            false,
            0,
            Map.of(1002, 7),
            Map.of(7, List.of(http))));
  }

  private <K, R> void write(TableId<K, R> id, Map<K, R> rows) {
    Epoch<K, R> epoch = tables.table(id).write(Owner.of("io.weir.test"));
    epoch.set(rows);
  }

  /** As the component opens it, in the node's namespace. */
  private void open(boolean repairing) {
    linux
        .namespaces()
        .call(
            netns.path(),
            () -> {
              kernel = new PinnedKernel(linux, root, new BuiltObjects(), way);
              datapath = new Datapath(tables, kernel, FsckNode::times, () -> TestNode.MASQUERADING);
              if (repairing) {
                datapath.decideAnew();
              }
              return null;
            });
  }

  private static FlowTimes times() {
    return FlowTimes.usual(1000);
  }

  void restart() {
    restart(() -> {});
  }

  /** Something is done while no engine is there. */
  void restart(Runnable meanwhile) {
    datapath.close();
    kernel.close();
    meanwhile.run();
    open(false);
    assertThat(settle()).isTrue();
  }

  private boolean settle() {
    try {
      return tables.settle(LIMIT);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private final KernelCheck check =
      new KernelCheck() {
        @Override
        public List<Difference> differences() {
          return linux
              .namespaces()
              .call(
                  netns.path(),
                  () ->
                      kernel.differences(
                          linux.bpf(), WantedMaps.of(tables, times(), TestNode.MASQUERADING)));
        }

        @Override
        public void repair() {
          datapath.close();
          kernel.close();
          open(true);
        }

        @Override
        public int order() {
          return 50;
        }
      };

  /** How the command ended, and what it printed. */
  record Said(int code, String out, String err) {
    /** Without indented lines: what differs, and the sum. */
    List<String> what() {
      return out.lines().filter(line -> !line.startsWith(" ")).toList();
    }
  }

  Said fsck(String... words) {
    TestCall call = new TestCall(List.of(words));
    try {
      int code = new FsckHandler(tables, () -> List.of(check)).handle(call);
      return new Said(
          code,
          call.printed().toString(StandardCharsets.UTF_8),
          call.told().toString(StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  Path pin(String map) {
    return PinnedMaps.pin(root.resolve("maps"), map);
  }

  /** Opened anew: behind the back of whoever remembers. */
  BpfMap map(String name) {
    return linux.bpf().findMap(pin(name)).orElseThrow();
  }

  /** The entries that are not empty. */
  Map<Bytes, byte[]> entries(String name) {
    Map<Bytes, byte[]> all = new HashMap<>();
    try (BpfMap map = map(name)) {
      map.forEach(
          (key, value) -> {
            for (byte each : value) {
              if (each != 0) {
                all.put(new Bytes(key), value);
                return;
              }
            }
          });
    }
    return all;
  }

  int revision(int slot) {
    try (BpfMap map = map("revisions")) {
      return Revisions.number(map.lookup(Revisions.word(slot)).orElseThrow());
    }
  }

  @Override
  public void close() {
    datapath.close();
    kernel.close();
    linux.namespaces().call(netns.path(), () -> remove());
    netns.close();
    cgroup.close();
    pins.close();
    linux.close();
  }

  private Object remove() {
    PinnedKernel.remove(linux, root);
    return this;
  }
}
