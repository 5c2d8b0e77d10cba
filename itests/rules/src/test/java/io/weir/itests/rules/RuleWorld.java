package io.weir.itests.rules;

import io.weir.api.Problem;
import io.weir.api.StateFiles;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.SettingValue;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Status;
import io.weir.datapath.UnpinnedDatapath;
import io.weir.identity.IdentityController;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Party;
import io.weir.linux.Linux;
import io.weir.manifests.Manifest;
import io.weir.manifests.ManifestReader;
import io.weir.policy.PolicyController;
import io.weir.state.BootClock;
import io.weir.state.SettingsService;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A node without containers: manifests are read, identities and policies computed and mirrored into
 * the kernel's maps by the controllers of the engine, in this process, and the kernel's programs
 * are run on packets. Only what CNI and node controllers would say is written by hand.
 */
final class RuleWorld implements AutoCloseable {
  static final Party HOST = Party.outside("172.16.0.1", "fd00:16::1");
  static final Party REMOTE_NODE = Party.outside("172.16.0.2", "fd00:16::2");
  static final Party WORLD = Party.outside("203.0.113.7", "2001:db8:113::7");

  private static final Duration LIMIT = Duration.ofSeconds(30);

  final TableStore tables = new TableStore();
  final TestNetns netns = TestNetns.create("rules");
  final Kernel kernel;
  private final Linux linux = Linux.open();
  private final Path base;
  private final SettingsService settings = new SettingsService(tables, Map.of());
  private final Epoch<WeirTables.SettingSourceKey, SettingValue> written =
      tables.table(WeirTables.SETTINGS).write(owner());
  private final Epoch<ResourceKey, Resource> resources =
      tables.table(WeirTables.RESOURCES).write(owner());
  private final Epoch<Integer, Endpoint> endpoints =
      tables.table(WeirTables.ENDPOINTS).write(owner());
  private final Epoch<FrontendKey, Frontend> frontends =
      tables.table(WeirTables.FRONTENDS).write(owner());
  private final Epoch<Prefix, PrefixIdentity> prefixes =
      tables.table(WeirTables.PREFIX_IDENTITIES).write(owner());
  private final IdentityController identity;
  private final PolicyController policy;
  private final UnpinnedDatapath datapath;

  /** Host sides of veths, used again by later pods. */
  private final List<Integer> devices = new ArrayList<>();

  private final Map<Integer, Endpoint> pods = new TreeMap<>();
  private final Map<ResourceKey, Resource> applied = new LinkedHashMap<>();

  RuleWorld() {
    try {
      base = Files.createTempDirectory("rules");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    StateFiles files = new StateDirectory(new StateFiles.Places(netns.name(), base, base, base));
    BootClock clock = new BootClock();
    identity = new IdentityController(tables, settings, files, clock);
    policy = new PolicyController(tables, settings, files, clock);
    datapath = new UnpinnedDatapath(tables, linux);
    writeNode();
    written.synced();
    resources.synced();
    endpoints.synced();
    frontends.synced();
    settle();
    kernel = new Kernel(linux, netns, datapath, tables);
  }

  /** A namespace with labels, as a YAML map: {@code {team: blue}}. */
  void namespace(String name, String labels) {
    apply(
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: %s, labels: %s}
        """
            .formatted(name, labels));
  }

  /** A running pod, {@code namespace/name}, with labels and ports as YAML: {@code {app: web}}. */
  Party pod(String name, String labels, String... ports) {
    describe(name, labels, ports);
    return plug(name);
  }

  /** Writes a pod's resource, new or with other labels. */
  void describe(String name, String labels, String... ports) {
    put(
        """
        apiVersion: v1
        kind: Pod
        metadata: {namespace: %s, name: %s, labels: %s}
        spec: {containers: [{name: main, image: echo, ports: [%s]}]}
        """
            .formatted(
                name.substring(0, name.indexOf('/')),
                name.substring(name.indexOf('/') + 1),
                labels,
                String.join(", ", ports)));
    settle();
  }

  /** Writes a pod's resource as YAML says; gives it no interface. */
  void describe(String yaml) {
    put(yaml);
    settle();
  }

  /** What CNI does for a pod: an interface and its row. */
  Party plug(String name) {
    int id = 1;
    while (pods.containsKey(id)) {
      id++;
    }
    return plug(name, id, id);
  }

  /** A pod with the addresses of number {@code place}. */
  Party plug(String name, int id, int place) {
    while (devices.size() < id) {
      int number = devices.size() + 1;
      netns.run(
          "ip", "link", "add", "lxc" + number, "type", "veth", "peer", "name", "eth" + number);
      devices.add(netns.ifindex("lxc" + number));
    }
    String mac = "0a:00:00:00:%02x:%02x".formatted(place >> 8, place & 0xff);
    List<Address> addresses =
        List.of(
            Address.parse("10.0." + (place + 9 >> 8) + "." + (place + 9 & 0xff)),
            Address.parse("fd00:10::" + Integer.toHexString(place + 9)));
    Endpoint endpoint =
        new Endpoint(
            id,
            name.substring(0, name.indexOf('/')),
            name.substring(name.indexOf('/') + 1),
            "container-" + id,
            "eth0",
            "lxc" + id,
            devices.get(id - 1),
            mac,
            addresses,
            0);
    pods.put(id, endpoint);
    endpoints.put(id, endpoint);
    settle();
    return new Party(name, endpoint.hostIfindex(), mac, addresses);
  }

  /** Takes the pod's interface away; its resource stays. */
  void unplug(Party pod) {
    pods.values().removeIf(row -> row.hostIfindex() == pod.ifindex() && gone(row.id()));
    settle();
  }

  private boolean gone(int id) {
    endpoints.remove(id);
    return true;
  }

  /** Puts resources in force; a policy that is refused fails the test. */
  void apply(String yaml) {
    List<Resource> all = put(yaml);
    settle();
    for (Resource resource : all) {
      tables
          .table(WeirTables.RESOURCES)
          .status(resource.key())
          .forEach(
              (who, status) -> {
                if (!(status instanceof Status.Done)) {
                  throw new AssertionError(who + " of " + resource.key() + ": " + status);
                }
              });
    }
  }

  /** The sentence with which a policy is refused, by its schema or by its meaning. */
  String refusal(String yaml) {
    Manifest manifest = new ManifestReader().read("policy.yaml", yaml);
    List<Problem> problems = new ArrayList<>(manifest.problems());
    if (problems.isEmpty()) {
      List<Resource> all = put(yaml);
      settle();
      for (Resource resource : all) {
        for (Status status : tables.table(WeirTables.RESOURCES).status(resource.key()).values()) {
          if (status instanceof Status.Failed failed) {
            problems.add(failed.problem());
          }
        }
      }
    }
    if (problems.isEmpty()) {
      throw new AssertionError("accepted: " + yaml);
    }
    return problems.get(0).sentence();
  }

  /** Writes resources without waiting for their effect. */
  List<Resource> put(String yaml) {
    Manifest manifest = new ManifestReader().read("policy.yaml", yaml);
    if (!manifest.problems().isEmpty()) {
      throw new AssertionError(manifest.problems().toString());
    }
    for (Resource resource : manifest.resources()) {
      applied.put(resource.key(), resource);
      resources.put(resource.key(), resource);
    }
    return manifest.resources();
  }

  void delete(String kind, String namespace, String name) {
    ResourceKey key = new ResourceKey(kind, namespace, name);
    applied.remove(key);
    resources.remove(key);
    settle();
  }

  /** Takes all policies away, without waiting for the effect. */
  void removePolicies() {
    for (ResourceKey key : List.copyOf(applied.keySet())) {
      if (key.kind().endsWith("NetworkPolicy")) {
        applied.remove(key);
        resources.remove(key);
      }
    }
  }

  void set(String key, String text) {
    written.put(new WeirTables.SettingSourceKey(key, "test"), new SettingValue(key, text, "test"));
    settle();
  }

  void serve(Frontend frontend) {
    frontends.put(frontend.key(), frontend);
    settle();
  }

  /** Gives the addresses of someone outside this node an identity. */
  void prefixes(Party who, int identity) {
    for (Address address : who.addresses()) {
      Prefix prefix = Prefix.host(address);
      prefixes.put(prefix, new PrefixIdentity(prefix, identity));
    }
    settle();
  }

  /** What is told of policies that are in force. */
  List<String> warnings() {
    return tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().rows().stream()
        .flatMap(row -> row.value().warnings().stream())
        .map(Problem::sentence)
        .toList();
  }

  /** What was written to maps since this was asked for last. */
  List<UnpinnedDatapath.Write> writes() {
    return datapath.writes();
  }

  /** Takes away all but what is there from the start. */
  void clear() {
    resources.set(Map.of());
    endpoints.set(Map.of());
    frontends.set(Map.of());
    written.set(Map.of());
    applied.clear();
    pods.clear();
    settle();
    kernel.forgetFlows();
  }

  void settle() {
    try {
      if (!tables.settle(LIMIT)) {
        throw new AssertionError(tables.unsettled().toString());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void writeNode() {
    Map<Prefix, PrefixIdentity> known = new HashMap<>();
    List<Address> gateways = List.of(Address.parse("10.0.0.1"), Address.parse("fd00:10::1"));
    Stream.of(HOST.addresses(), gateways)
        .flatMap(List::stream)
        .map(Prefix::host)
        .forEach(prefix -> known.put(prefix, new PrefixIdentity(prefix, Identity.HOST)));
    REMOTE_NODE.addresses().stream()
        .map(Prefix::host)
        .forEach(prefix -> known.put(prefix, new PrefixIdentity(prefix, Identity.REMOTE_NODE)));
    prefixes.set(known);
    List<Address> own = new ArrayList<>(HOST.addresses());
    own.addAll(gateways);
    Epoch<String, LocalNode> node = tables.table(WeirTables.LOCAL_NODE).write(owner());
    node.set(
        Map.of(
            LocalNode.KEY,
            new LocalNode(
                netns.name(),
                own,
                List.of(Prefix.parse("10.0.0.0/16"), Prefix.parse("fd00:10::/112")),
                gateways,
                "weir_host",
                1,
                Party.HOST_MAC,
                1500,
                0,
                "/")));
  }

  private static Owner owner() {
    return Owner.of("io.weir.test");
  }

  @Override
  public void close() {
    kernel.close();
    datapath.close();
    policy.deactivate();
    identity.deactivate();
    linux.close();
    netns.close();
    try (Stream<Path> tree = Files.walk(base)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
