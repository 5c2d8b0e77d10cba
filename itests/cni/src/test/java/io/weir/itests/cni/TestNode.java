package io.weir.itests.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.api.Clock;
import io.weir.api.StateFiles;
import io.weir.api.row.AddressLease;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.SettingValue;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import io.weir.cni.CniHandler;
import io.weir.ipam.IpamController;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import io.weir.linux.Linux;
import io.weir.node.NodeController;
import io.weir.routing.RoutingController;
import io.weir.state.BootClock;
import io.weir.state.SettingsService;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A node in a namespace of its own, with an uplink to an outside, and the controllers that make
 * pods of it in this process.
 */
final class TestNode implements AutoCloseable {
  static final Path PLUGIN =
      Path.of("../../bundles/cni/target/bin/weir-cni").toAbsolutePath().normalize();
  static final Duration LIMIT = Duration.ofSeconds(20);

  final TestNetns netns = TestNetns.create("cni-node");
  final TestNetns outside = TestNetns.create("cni-out");
  final Linux linux = Linux.open();
  final String name = netns.name();
  final Path base;
  final Clock clock;
  private final Map<String, String> configured;
  private final boolean enforcing;
  private final Path pins;
  final Path run = Path.of("/run/weir", name);
  Engine engine;

  /** What a JVM of the node would be; the kernel's state is not part of it. */
  final class Engine {
    final TableStore tables = new TableStore();
    final StateFiles files = new StateDirectory(new StateFiles.Places(name, base, run, pins));
    final SettingsService settings = new SettingsService(tables, Map.of());
    final Epoch<WeirTables.SettingSourceKey, SettingValue> written =
        tables.table(WeirTables.SETTINGS).write(Owner.of("io.weir.test"));
    final Epoch<ResourceKey, Resource> resources =
        tables.table(WeirTables.RESOURCES).write(Owner.of("io.weir.test"));
    private final Optional<Datapath> standIn;
    private Optional<Enforcement> enforcement = Optional.empty();
    final NodeController node = new NodeController(tables, files, settings, linux);
    final IpamController ipam = new IpamController(tables, files, clock);
    final RoutingController routing = new RoutingController(tables, files, linux);
    CniHandler cni = new CniHandler(tables, files, settings, linux);
    SocketServer server = new SocketServer(run.resolve("weir.sock"), cni);

    Engine() {
      standIn = enforcing ? Optional.empty() : Optional.of(new Datapath(tables));
      configured.forEach(this::set);
      resources.synced();
    }

    Datapath datapath() {
      return standIn.orElseThrow();
    }

    /** Starts what enforces policy, in the kernel. */
    void enforce() {
      enforcement =
          Optional.of(
              linux
                  .namespaces()
                  .call(
                      netns.path(), () -> new Enforcement(tables, files, settings, linux, clock)));
    }

    /** As a bundle that leaves: programs stay where they are. */
    void stopEnforcing() {
      enforcement.orElseThrow().close();
    }

    void take(String kind, String name) {
      resources.remove(new ResourceKey(kind, "default", name));
    }

    void write(String kind, String name, Map<String, String> labels, Map<String, Object> body) {
      ResourceKey key = new ResourceKey(kind, "default", name);
      resources.put(
          key, new Resource(key, "v1", labels, Map.of(), body, Resource.Origin.derived("test")));
    }

    void set(String key, String text) {
      written.put(
          new WeirTables.SettingSourceKey(key, "test"), new SettingValue(key, text, "test"));
    }

    LocalNode row() {
      return tables.table(WeirTables.LOCAL_NODE).snapshot().get(LocalNode.KEY).orElseThrow();
    }

    List<Endpoint> endpoints() {
      return tables.table(WeirTables.ENDPOINTS).snapshot().rows().stream().map(Row::value).toList();
    }

    List<AddressLease> leases() {
      return tables.table(WeirTables.ADDRESS_LEASES).snapshot().rows().stream()
          .map(Row::value)
          .toList();
    }

    /** Ends as a killed process does: nothing is taken back. */
    void stop() {
      server.close();
      cni.stop();
      routing.stop();
      ipam.stop();
      node.stop();
      enforcement.ifPresent(Enforcement::close);
      standIn.ifPresent(Datapath::close);
    }

    /** Another CNI bundle in place of this one. */
    void replaceCni() {
      server.close();
      cni.stop();
      linux
          .namespaces()
          .call(
              netns.path(),
              () -> {
                cni = new CniHandler(tables, files, settings, linux);
                server = new SocketServer(run.resolve("weir.sock"), cni);
                return null;
              });
    }
  }

  /** What the plugin said. */
  record Said(int code, String out, String err, Duration took) {}

  TestNode() {
    this(new BootClock(), Map.of());
  }

  /** A node whose policy is enforced in the kernel, from {@link Engine#enforce} on. */
  static TestNode enforcing(TestCgroup cgroup) {
    return new TestNode(new BootClock(), Map.of("cgroup-root", cgroup.path().toString()), true);
  }

  /**
   * @param configured settings by key, at each start
   */
  TestNode(Clock clock, Map<String, String> configured) {
    this(clock, configured, false);
  }

  private TestNode(Clock clock, Map<String, String> configured, boolean enforcing) {
    this.enforcing = enforcing;
    this.pins = Path.of("/sys/fs/bpf", name);
    this.clock = clock;
    this.configured = configured;
    try {
      base = Files.createTempDirectory("cni");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    netns.veth("uplink", outside, "eth0");
    netns.address("uplink", "192.0.2.1/24");
    netns.address("uplink", "2001:db8::1/64");
    outside.address("eth0", "192.0.2.2/24");
    outside.address("eth0", "2001:db8::2/64");
    // it knows the way back to pods: nothing here masquerades, which is the datapath's to do
    outside.run("ip", "route", "add", "default", "via", "192.0.2.1");
    outside.run("ip", "-6", "route", "add", "default", "via", "2001:db8::1");
    start();
  }

  void start() {
    engine = linux.namespaces().call(netns.path(), Engine::new);
    settle();
  }

  void stop() {
    engine.stop();
    engine = null;
  }

  void settle() {
    try {
      if (!engine.tables.settle(LIMIT)) {
        throw new AssertionError(engine.tables.unsettled());
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Looks again until it is so. */
  void until(BooleanSupplier so) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!so.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not so within " + LIMIT.toSeconds() + " s");
      }
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }

  TestNetns pod() {
    return TestNetns.create("cni-pod");
  }

  Said add(TestNetns pod) {
    return plugin("ADD", pod, conf(""));
  }

  Said del(TestNetns pod) {
    return plugin("DEL", pod, conf(""));
  }

  /** Leaves the note of a DEL, as the plugin does while nobody answers. */
  void note(String container) {
    String note = "CNI_COMMAND=DEL\0CNI_CONTAINERID=%s\0CNI_IFNAME=eth0\0\0%s";
    try {
      Files.writeString(
          run.resolve("del/" + container + ":eth0"), note.formatted(container, conf("")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Path> notes() {
    try (Stream<Path> files = Files.list(run.resolve("del"))) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Said check(TestNetns pod, String result) {
    return plugin("CHECK", pod, conf(",\"prevResult\":" + result));
  }

  String conf(String more) {
    return "{\"cniVersion\":\"1.0.0\",\"name\":\"weir\",\"type\":\"weir-cni\",\"node\":\"%s\"%s}"
        .formatted(name, more);
  }

  static String mac(TestNetns netns, String device) {
    return netns
        .run("ip", "-o", "link", "show", "dev", device)
        .replaceAll("(?s).*link/ether (\\S+).*", "$1");
  }

  /** The device of a pod in the node's namespace, as ADD named it. */
  static String hostInterface(Said added) {
    return added.out().replaceAll("(?s).*\"name\":\"(weir[0-9a-v]{11})\".*", "$1");
  }

  Said plugin(String command, TestNetns pod, String configuration) {
    return plugin(command, pod.name(), pod.path(), configuration);
  }

  Said plugin(String command, String container, Path namespace, String configuration) {
    ProcessBuilder builder =
        new ProcessBuilder("nsenter", "--net=" + netns.path(), PLUGIN.toString());
    Map<String, String> environment = new HashMap<>();
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_CONTAINERID", container);
    environment.put("CNI_NETNS", namespace.toString());
    environment.put("CNI_IFNAME", "eth0");
    environment.put(
        "CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=" + container);
    builder.environment().putAll(environment);
    try {
      long start = System.nanoTime();
      Process process = builder.start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(configuration.getBytes(UTF_8));
      }
      String out = new String(process.getInputStream().readAllBytes(), UTF_8);
      String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
      int code = process.waitFor();
      return new Said(code, out, err, Duration.ofNanos(System.nanoTime() - start));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Names of the node's devices for pods. */
  List<String> hostInterfaces() {
    return netns
        .run("ip", "-o", "link", "show", "type", "veth")
        .lines()
        .map(line -> line.split(": ", 3)[1].split("@", 2)[0])
        .filter(device -> device.matches("weir[0-9a-v]{11}"))
        .toList();
  }

  @Override
  public void close() {
    if (engine != null) {
      engine.enforcement.ifPresent(Enforcement::uninstall);
      engine.stop();
    }
    linux.close();
    netns.close();
    outside.close();
    delete(base);
    delete(run);
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
