package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.api.row.BlockIdentity;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.api.row.PrefixIdentity;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.Uplink;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Frame;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import io.weir.linux.Linux;
import io.weir.linux.Netlink;
import io.weir.linux.TestRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node in a network namespace of its own, with pods behind veths. Its maps are filled by the
 * classes that fill an engine's, and in an engine's order; its programs are run on packets, or
 * attached, as a test likes. This is its front; behind it are {@link NodeMaps}, {@link PodPolicies}
 * and {@link ProgramRuns}.
 */
final class TestNode implements AutoCloseable {
  static final int TC_OK = 0;
  static final int TC_SHOT = 2;
  static final int TC_REDIRECT = 7;
  static final int HOST_RULE = 900;

  /** Of all addresses that nobody else has. */
  static final Party WORLD = Party.outside("192.0.2.9", "2001:db8::9");

  static final MasqueradeSettings MASQUERADING =
      new MasqueradeSettings(true, true, new MasqueradeSettings.Ports(20_000, 29_999), List.of());

  final Linux linux = Linux.open();
  final TestNetns netns;
  final LoadedObjects kernel;
  final Party host = Party.outside("10.0.0.254", "fd00:10::fe");

  private final List<TestNetns> podNamespaces = new ArrayList<>();
  private final NodeMaps maps;
  private final PodPolicies policies = new PodPolicies();
  private final ProgramRuns runs;
  private final Map<String, Pod> veths = new LinkedHashMap<>();

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
    maps = new NodeMaps(linux, kernel, netns, host);
    runs = new ProgramRuns(linux, kernel, netns);
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
    maps.uplinks().add(uplink);
    return uplink;
  }

  /** What the node knows of its uplinks. */
  void uplinks(Uplink... those) {
    maps.uplinks().clear();
    maps.uplinks().addAll(List.of(those));
  }

  void masquerading(MasqueradeSettings other) {
    maps.masquerading(other);
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
    maps.add(pod);
    policy(open(pod, Direction.EGRESS));
    policy(open(pod, Direction.INGRESS));
  }

  void remove(Pod pod) {
    maps.remove(pod);
  }

  void policy(CompiledPolicy policy) {
    maps.policy(policy);
  }

  CompiledPolicy open(Pod pod, Direction direction) {
    return policies.open(pod, direction);
  }

  /** Denies but for these entries, by identity of the peer; host may always. */
  CompiledPolicy isolated(Pod pod, Direction direction, Map<Integer, List<PolicyEntry>> peers) {
    return policies.isolated(pod, direction, peers);
  }

  CompiledPolicy compiled(
      Pod pod,
      Direction direction,
      PolicyVerdict otherwise,
      boolean audit,
      int defaultClass,
      Map<Integer, List<PolicyEntry>> peers) {
    return policies.compiled(pod, direction, otherwise, audit, defaultClass, peers);
  }

  static PolicyEntry allow(int protocol, int port, int rule) {
    return new PolicyEntry(protocol, port, 16, PolicyVerdict.ALLOW, rule);
  }

  static PolicyEntry deny(int protocol, int port, int rule) {
    return new PolicyEntry(protocol, port, 16, PolicyVerdict.DENY, rule);
  }

  void frontend(int service, String address, int port, int protocol, Backend... backends) {
    FrontendKey key = new FrontendKey(Address.parse(address), port, protocol);
    maps.frontend(
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
    maps.blocks().add(block);
  }

  /** Who is behind addresses that are no pod's of this node. */
  void prefixes(List<PrefixIdentity> more) {
    maps.prefixes().addAll(more);
  }

  /** The pod's policy is not there yet. */
  void unready(Pod pod) {
    maps.unready(pod);
  }

  void ipv6(boolean on) {
    maps.ipv6(on);
  }

  void times(FlowTimes other) {
    maps.times(other);
  }

  /** Brings the maps to what was asked for, as a step of {@link Datapath} does. */
  void put() {
    maps.put();
  }

  /** Brings policies alone to what was asked for, of pods that are there. */
  void putPolicies() {
    maps.putPolicies();
  }

  /** Forgets all flows, policies and services; the pods that were made are there, open. */
  void reset() {
    for (String map : List.of("flows4", "flows6", "nat4", "nat6", "fragments", "origins")) {
      kernel.clear(map);
    }
    maps.forget();
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
    return runs.run(program, ifindex, packet);
  }

  TestRun.Result run(String program, int ifindex, byte[] packet, int times) {
    return runs.run(program, ifindex, packet, times);
  }

  /** Events since the last call. */
  List<Told> told() {
    return runs.told();
  }

  @Override
  public void close() {
    runs.close();
    kernel.close();
    linux.close();
    podNamespaces.forEach(TestNetns::close);
    netns.close();
  }
}
