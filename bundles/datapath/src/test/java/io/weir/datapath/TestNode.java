package io.weir.datapath;

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
import io.weir.datapath.abi.DropsLayout;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Frame;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import io.weir.itests.testing.packet.SkBuff;
import io.weir.linux.Linux;
import io.weir.linux.Netlink;
import io.weir.linux.RingBatch;
import io.weir.linux.RingReader;
import io.weir.linux.TestRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A node in a network namespace of its own, with pods behind veths. Its maps are filled by the
 * classes that fill an engine's, and in an engine's order; its programs are run on packets, or
 * attached, as a test likes.
 */
final class TestNode implements AutoCloseable {
  static final int TC_OK = 0;
  static final int TC_SHOT = 2;
  static final int TC_REDIRECT = 7;
  static final int HOST_RULE = 900;

  private static final List<Prefix> POD_CIDRS =
      List.of(Prefix.parse("10.0.0.0/24"), Prefix.parse("fd00:10::/112"));

  /** Of all addresses that nobody else has. */
  static final Party WORLD = Party.outside("192.0.2.9", "2001:db8::9");

  private static final FlowTimes TIMES = FlowTimes.usual(1000);

  static final MasqueradeSettings MASQUERADING =
      new MasqueradeSettings(true, true, new MasqueradeSettings.Ports(20_000, 29_999), List.of());

  final Linux linux = Linux.open();
  final TestNetns netns;
  final LoadedObjects kernel;
  final Party host = Party.outside("10.0.0.254", "fd00:10::fe");

  private final List<TestNetns> podNamespaces = new ArrayList<>();
  private final RingReader events;
  private final RingBatch batch = new RingBatch(1 << 20, 4096);
  private final Map<String, Pod> veths = new LinkedHashMap<>();

  // What is to be in force.
  private final Map<Integer, Pod> pods = new TreeMap<>();
  private final Map<Integer, CompiledPolicy> policies = new TreeMap<>();
  private final Map<FrontendKey, Frontend> frontends = new HashMap<>();
  private final Map<FrontendKey, Frontend> frontendsThere = new HashMap<>();
  private final List<BlockIdentity> blocks = new ArrayList<>();
  private final List<PrefixIdentity> prefixes = new ArrayList<>();
  private final List<Integer> waiting = new ArrayList<>();
  private boolean ipv6 = true;
  private FlowTimes times = TIMES;
  private MasqueradeSettings masquerading = MASQUERADING;
  private final List<Uplink> uplinks = new ArrayList<>();

  private final Revisions revisions;
  private final PolicyMaps policyMaps;
  private final ServiceMaps serviceMaps;
  private final EndpointMaps endpointMaps;
  private final MasqueradeMaps masqueradeMaps;
  private int classes;

  /**
   * A pod.
   *
   * @param id of the endpoint; its policies have the slots 2 × id and 2 × id + 1
   */
  record Pod(int id, int identity, String device, Party party, TestNetns inside) {
    int ifindex() {
      return party.ifindex();
    }

    int egressSlot() {
      return 2 * id;
    }

    int ingressSlot() {
      return 2 * id + 1;
    }
  }

  /**
   * What a program made of a packet.
   *
   * @param drops reason → how many
   */
  record Outcome(int action, byte[] bytes, List<Told> told, Map<Integer, Long> drops) {
    Frame frame() {
      return Frame.of(bytes);
    }

    /** {@code pass}, {@code redirect}, or {@code drop REASON}. */
    String verdict() {
      return switch (action) {
        case TC_OK -> "pass";
        case TC_REDIRECT -> drops.isEmpty() ? "redirect" : "answer " + drops.keySet();
        case TC_SHOT ->
            "drop " + drops.keySet().stream().map(String::valueOf).findFirst().orElse("?");
        default -> "action " + action;
      };
    }

    List<String> texts() {
      return told.stream().map(Told::toString).toList();
    }
  }

  TestNode(String purpose) {
    netns = TestNetns.create(purpose);
    kernel = new LoadedObjects(linux);
    events = linux.rings().open(List.of(kernel.map("events")));
    revisions = new Revisions(kernel.map("revisions"));
    policyMaps = new PolicyMaps(kernel, revisions);
    serviceMaps = new ServiceMaps(kernel, revisions);
    endpointMaps = new EndpointMaps(kernel, revisions);
    masqueradeMaps = new MasqueradeMaps(kernel, endpointMaps::raiseAll);
  }

  /**
   * A veth to a router outside, with the node's default routes: 172.30.N.11 and fd30:N::11, to .1
   * and ::1. Its other end is {@code eth0} in the namespace.
   */
  Uplink uplink(int number, TestNetns outside) {
    String device = "up" + number;
    int ifindex;
    try (Netlink netlink = linux.netlink(netns.path())) {
      ifindex =
          netlink.addVeth(new Netlink.Veth(device, "", 0, "eth0", Optional.of(outside.path()), ""));
      netlink.setUp(ifindex, true);
    }
    outside.run("ip", "link", "set", "eth0", "up");
    netns.run("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward");
    netns.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
    String four = "172.30.%d.".formatted(number);
    String six = "fd30:%d::".formatted(number);
    netns.address(device, four + "11/24");
    netns.address(device, six + "11/64");
    outside.address("eth0", four + "1/24");
    outside.address("eth0", six + "1/64");
    netns.run("ip", "route", "replace", "default", "via", four + "1", "dev", device);
    netns.run("ip", "-6", "route", "replace", "default", "via", six + "1", "dev", device);
    Uplink uplink =
        new Uplink(device, ifindex, List.of(Address.parse(four + "11"), Address.parse(six + "11")));
    uplinks.add(uplink);
    return uplink;
  }

  /** What the node knows of its uplinks. */
  void uplinks(Uplink... those) {
    uplinks.clear();
    uplinks.addAll(List.of(those));
  }

  void masquerading(MasqueradeSettings other) {
    masquerading = other;
  }

  /** A pod that may do everything, on a new veth; addresses end in its number. */
  Pod pod(int id, int identity) {
    TestNetns inside = TestNetns.create("pod" + id);
    podNamespaces.add(inside);
    String device = "h" + id;
    String mac = "02:00:00:00:01:%02x".formatted(id);
    int ifindex;
    try (Netlink netlink = linux.netlink(netns.path());
        Netlink peer = linux.netlink(inside.path())) {
      ifindex =
          netlink.addVeth(
              new Netlink.Veth(device, Party.HOST_MAC, 0, "eth0", Optional.of(inside.path()), mac));
      netlink.setUp(ifindex, true);
      peer.setUp(peer.device("eth0").orElseThrow().ifindex(), true);
    }
    Party party =
        new Party(
            "pod" + id,
            ifindex,
            mac,
            List.of(Address.parse("10.0.0." + id), Address.parse("fd00:10::" + id)));
    Pod pod = new Pod(id, identity, device, party, inside);
    veths.put(device, pod);
    add(pod);
    return pod;
  }

  /** Puts a pod's rows in place; all is allowed. */
  void add(Pod pod) {
    pods.put(pod.id(), pod);
    policy(open(pod, Direction.EGRESS));
    policy(open(pod, Direction.INGRESS));
  }

  void remove(Pod pod) {
    pods.remove(pod.id());
    policies.remove(pod.egressSlot());
    policies.remove(pod.ingressSlot());
  }

  void policy(CompiledPolicy policy) {
    policies.put(policy.slot(), policy);
  }

  CompiledPolicy open(Pod pod, Direction direction) {
    return compiled(pod, direction, PolicyVerdict.ALLOW, false, 0, Map.of());
  }

  /** Denies but for these entries, by identity of the peer; host may always. */
  CompiledPolicy isolated(Pod pod, Direction direction, Map<Integer, List<PolicyEntry>> peers) {
    Map<Integer, List<PolicyEntry>> all = new HashMap<>(peers);
    if (direction == Direction.INGRESS) {
      all.put(Identity.HOST, List.of(new PolicyEntry(0, 0, 0, PolicyVerdict.ALLOW, HOST_RULE)));
    }
    return compiled(pod, direction, PolicyVerdict.DENY, false, 0, all);
  }

  CompiledPolicy compiled(
      Pod pod,
      Direction direction,
      PolicyVerdict otherwise,
      boolean audit,
      int defaultClass,
      Map<Integer, List<PolicyEntry>> peers) {
    Map<Integer, Integer> classOf = new HashMap<>();
    Map<Integer, List<PolicyEntry>> entries = new HashMap<>();
    for (var peer : peers.entrySet()) {
      int number = peer.getKey() == 0 ? defaultClass : 100 + ++classes;
      if (peer.getKey() != 0) {
        classOf.put(peer.getKey(), number);
      }
      entries.put(number, peer.getValue());
    }
    int slot = direction == Direction.EGRESS ? pod.egressSlot() : pod.ingressSlot();
    return new CompiledPolicy(
        slot, direction, pod.identity(), otherwise, audit, defaultClass, classOf, entries);
  }

  static PolicyEntry allow(int protocol, int port, int rule) {
    return new PolicyEntry(protocol, port, 16, PolicyVerdict.ALLOW, rule);
  }

  static PolicyEntry deny(int protocol, int port, int rule) {
    return new PolicyEntry(protocol, port, 16, PolicyVerdict.DENY, rule);
  }

  void frontend(int service, String address, int port, int protocol, Backend... backends) {
    FrontendKey key = new FrontendKey(Address.parse(address), port, protocol);
    frontends.put(
        key,
        new Frontend(
            key,
            service,
            new ResourceKey("Service", "default", "s" + service),
            "",
            List.of(backends)));
  }

  Backend backend(Pod pod, boolean ipv6, int port) {
    return new Backend(pod.party().address(ipv6), port, "default/" + pod.party().name());
  }

  void block(BlockIdentity block) {
    blocks.add(block);
  }

  /** Who is behind addresses that are no pod's of this node. */
  void prefixes(List<PrefixIdentity> more) {
    prefixes.addAll(more);
  }

  /** The pod's policy is not there yet. */
  void unready(Pod pod) {
    waiting.add(pod.id());
  }

  void ipv6(boolean on) {
    ipv6 = on;
  }

  void times(FlowTimes other) {
    times = other;
  }

  /** Brings the maps to what was asked for, as a step of {@link Datapath} does. */
  void put() {
    frontendsThere.keySet().stream()
        .filter(key -> !frontends.containsKey(key))
        .forEach(serviceMaps::remove);
    frontends.values().forEach(serviceMaps::put);
    frontendsThere.clear();
    frontendsThere.putAll(frontends);
    if (!uplinks.isEmpty()) {
      masqueradeMaps.put(uplinks, POD_CIDRS, masquerading);
    }
    policies.values().forEach(policyMaps::put);
    Map<Integer, EndpointPolicy> usable = new HashMap<>();
    for (Pod pod : pods.values()) {
      if (!waiting.contains(pod.id())) {
        usable.put(
            pod.id(),
            new EndpointPolicy(pod.id(), pod.identity(), pod.egressSlot(), pod.ingressSlot()));
      }
    }
    Map<Integer, ?> problems =
        endpointMaps.put(
            new EndpointMaps.Wanted(
                local(),
                times,
                pods.values().stream().map(this::row).toList(),
                usable,
                blocks,
                everybody()));
    if (!problems.isEmpty()) {
      throw new AssertionError(problems);
    }
    for (int slot : policyMaps.slots()) {
      if (!policies.containsKey(slot) && !endpointMaps.refersTo(slot)) {
        policyMaps.remove(slot);
      }
    }
    revisions.flush();
    serviceMaps.flushed();
  }

  private List<PrefixIdentity> everybody() {
    List<PrefixIdentity> all = new ArrayList<>(prefixes);
    all.add(new PrefixIdentity(Prefix.host(host.address4()), Identity.HOST));
    all.add(new PrefixIdentity(Prefix.host(host.address6()), Identity.HOST));
    return all;
  }

  /** Brings policies alone to what was asked for, of pods that are there. */
  void putPolicies() {
    policies.values().forEach(policyMaps::put);
    revisions.flush();
  }

  private Endpoint row(Pod pod) {
    return new Endpoint(
        pod.id(),
        "default",
        pod.party().name(),
        "c" + pod.id(),
        "eth0",
        pod.device(),
        pod.ifindex(),
        pod.party().mac(),
        pod.party().addresses(),
        linux.namespaces().cookie(pod.inside().path()));
  }

  private LocalNode local() {
    List<Address> gateways =
        ipv6 ? List.of(host.address4(), host.address6()) : List.of(host.address4());
    return new LocalNode(
        "n1",
        gateways,
        List.of(),
        gateways,
        "weir_host",
        1,
        Party.HOST_MAC,
        1500,
        linux.namespaces().cookie(netns.path()),
        "/");
  }

  /** Forgets all flows, policies and services; the pods that were made are there, open. */
  void reset() {
    for (String map : List.of("flows4", "flows6", "nat4", "nat6", "fragments", "origins")) {
      kernel.clear(map);
    }
    pods.clear();
    policies.clear();
    frontends.clear();
    blocks.clear();
    prefixes.clear();
    waiting.clear();
    ipv6 = true;
    times = TIMES;
    masquerading = MASQUERADING;
    veths.values().forEach(this::add);
    put();
    told();
  }

  Outcome fromPod(Pod pod, byte[] packet) {
    return run("from_pod", pod.ifindex(), packet);
  }

  Outcome fromPod(Pod pod, Packet packet) {
    return fromPod(pod, packet.bytes());
  }

  Outcome toPod(Pod pod, byte[] packet) {
    return run("to_pod", pod.ifindex(), packet);
  }

  Outcome toPod(Pod pod, Packet packet) {
    return toPod(pod, packet.bytes());
  }

  Outcome fromUplink(Uplink uplink, Packet packet) {
    return run("from_uplink", uplink.ifindex(), packet.bytes());
  }

  Outcome toUplink(Uplink uplink, Packet packet) {
    return run("to_uplink", uplink.ifindex(), packet.bytes());
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
    kernel.close();
    linux.close();
    podNamespaces.forEach(TestNetns::close);
    netns.close();
  }
}
