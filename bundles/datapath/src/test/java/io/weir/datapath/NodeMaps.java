package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.api.row.BlockIdentity;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import io.weir.api.row.Uplink;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Party;
import io.weir.linux.Linux;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is to be in force on a node, and its maps, which {@link #put} brings to it by the classes
 * that fill an engine's, and in an engine's order.
 */
final class NodeMaps {
  private static final List<Prefix> POD_CIDRS =
      List.of(Prefix.parse("10.0.0.0/24"), Prefix.parse("fd00:10::/112"));

  private static final FlowTimes TIMES = FlowTimes.usual(1000);

  private final Linux linux;
  private final TestNetns netns;
  private final Party host;
  private final Path cgroupRoot;

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
  private MasqueradeSettings masquerading = TestNode.MASQUERADING;
  private final List<Uplink> uplinks = new ArrayList<>();

  private final Revisions revisions;
  private final PolicyMaps policyMaps;
  private final ServiceMaps serviceMaps;
  private final EndpointMaps endpointMaps;
  private final MasqueradeMaps masqueradeMaps;

  /**
   * @param netns of the node
   * @param host who the node is to its pods
   */
  NodeMaps(Linux linux, Kernel kernel, TestNetns netns, Party host) {
    this(linux, kernel, netns, host, Path.of("/"));
  }

  /**
   * @param cgroupRoot for kernels that attach to it
   */
  NodeMaps(Linux linux, Kernel kernel, TestNetns netns, Party host, Path cgroupRoot) {
    this.cgroupRoot = cgroupRoot;
    this.linux = linux;
    this.netns = netns;
    this.host = host;
    revisions = new Revisions(kernel.map("revisions"));
    policyMaps = new PolicyMaps(kernel, revisions);
    serviceMaps = new ServiceMaps(kernel, revisions);
    endpointMaps = new EndpointMaps(kernel, revisions);
    masqueradeMaps = new MasqueradeMaps(kernel, endpointMaps::raiseAll);
  }

  void add(Pod pod) {
    pods.put(pod.id(), pod);
  }

  /** And its policies. */
  void remove(Pod pod) {
    pods.remove(pod.id());
    policies.remove(pod.egressSlot());
    policies.remove(pod.ingressSlot());
  }

  void policy(CompiledPolicy policy) {
    policies.put(policy.slot(), policy);
  }

  /** The pod's policy is not there yet. */
  void unready(Pod pod) {
    waiting.add(pod.id());
  }

  void frontend(Frontend frontend) {
    frontends.put(frontend.key(), frontend);
  }

  List<BlockIdentity> blocks() {
    return blocks;
  }

  /** Who is behind addresses that are no pod's of this node. */
  List<PrefixIdentity> prefixes() {
    return prefixes;
  }

  List<Uplink> uplinks() {
    return uplinks;
  }

  void masquerading(MasqueradeSettings other) {
    masquerading = other;
  }

  void ipv6(boolean on) {
    ipv6 = on;
  }

  void times(FlowTimes other) {
    times = other;
  }

  /** From now on nothing is to be in force, but the uplinks stay. */
  void forget() {
    pods.clear();
    policies.clear();
    frontends.clear();
    blocks.clear();
    prefixes.clear();
    waiting.clear();
    ipv6 = true;
    times = TIMES;
    masquerading = TestNode.MASQUERADING;
  }

  /** Brings the maps to what is to be in force, as a step of {@link Datapath} does. */
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

  /** Brings policies alone to what is to be in force, of pods that are there. */
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
        cgroupRoot.toString());
  }
}
