package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.Address;
import io.weir.api.row.BlockIdentity;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.LocalNode;
import io.weir.api.row.PrefixIdentity;
import io.weir.datapath.abi.EndpointLayout;
import io.weir.linux.BpfMap;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Keeps the maps of pods, addresses, prefixes and namespaces, and the programs on pods' interfaces.
 * What is new is written before what is old goes; a pod's programs are there before its packets can
 * be.
 */
final class EndpointMaps {
  private final Kernel kernel;
  private final Mirror endpoints;
  private final Mirror addresses;
  private final Mirror prefixes;
  private final Mirror namespaces;
  private final BpfMap config;
  private final Revisions revisions;

  EndpointMaps(Kernel kernel, Revisions revisions) {
    this.kernel = kernel;
    endpoints = new Mirror(kernel.map("endpoints"));
    addresses = new Mirror(kernel.map("addresses"));
    prefixes = new Mirror(kernel.map("prefixes"));
    namespaces = new Mirror(kernel.map("netns"));
    config = kernel.map("config");
    this.revisions = revisions;
  }

  /**
   * All that these maps are made of.
   *
   * @param policies those that may be in force: of slots that are in the maps
   */
  record Wanted(
      LocalNode node,
      FlowTimes times,
      Collection<Endpoint> endpoints,
      Map<Integer, EndpointPolicy> policies,
      Collection<BlockIdentity> blocks,
      Collection<PrefixIdentity> prefixes) {}

  /**
   * Makes the maps what they should be.
   *
   * @return what went wrong, by endpoint id; the others are in force, or wait for their policy
   */
  Map<Integer, Problem> put(Wanted wanted) {
    EndpointEntries entries = EndpointEntries.of(wanted);
    putConfig(entries.config());
    kernel.attachSockets(wanted.node().cgroupRoot());
    entries.prefixes().forEach(prefixes::put);

    Map<Integer, Problem> problems = new HashMap<>();
    for (Endpoint endpoint : wanted.endpoints()) {
      Bytes key = EndpointEntries.key(endpoint);
      byte[] value = entries.endpoints().get(key);
      tryFor(endpoint, problems, () -> putEndpoint(key, value, endpoint.addresses()));
    }
    addresses.set(entries.addresses());
    namespaces.set(entries.namespaces());
    for (Endpoint endpoint : wanted.endpoints()) {
      tryFor(
          endpoint,
          problems,
          () -> kernel.attach(endpoint.hostIfindex(), endpoint.hostInterface()));
    }
    removeOthers(entries.endpoints().keySet());
    prefixes.retain(entries.prefixes().keySet());
    return problems;
  }

  private static void tryFor(Endpoint endpoint, Map<Integer, Problem> problems, Runnable work) {
    try {
      work.run();
    } catch (ProblemException e) {
      problems.putIfAbsent(endpoint.id(), e.problem());
    }
  }

  private void putConfig(byte[] value) {
    byte[] key = Revisions.word(0);
    byte[] there = config.lookup(key).orElseThrow();
    if (!Arrays.equals(there, value)) {
      config.update(key, value);
      raiseAll();
    }
  }

  /** All flows of pods are decided anew. */
  void raiseAll() {
    endpoints.keys().forEach(endpoint -> raise(endpoints.get(endpoint)));
  }

  /** Flows of an endpoint that has become another are decided anew. */
  private void putEndpoint(Bytes key, byte[] value, Collection<Address> itsAddresses) {
    byte[] before = endpoints.get(key);
    boolean changed = endpoints.put(key, value);
    for (Address address : itsAddresses) {
      changed |= addresses.put(new Bytes(address.mapped()), value);
    }
    if (changed && before != null) {
      raise(before);
    }
  }

  private void removeOthers(Set<Bytes> wanted) {
    for (Bytes key : endpoints.keys()) {
      if (!wanted.contains(key)) {
        byte[] before = endpoints.get(key);
        endpoints.remove(key);
        raise(before);
        kernel.detach(Revisions.number(key.array()));
      }
    }
    for (int ifindex : kernel.attached()) {
      if (!wanted.contains(new Bytes(Revisions.word(ifindex)))) {
        kernel.detach(ifindex);
      }
    }
  }

  private void raise(byte[] endpoint) {
    revisions.raiseSlot(EndpointLayout.egressSlot(endpoint, 0));
    revisions.raiseSlot(EndpointLayout.ingressSlot(endpoint, 0));
  }

  /** Slots that some endpoint in the kernel refers to. */
  boolean refersTo(int slot) {
    for (Bytes key : endpoints.keys()) {
      byte[] value = endpoints.get(key);
      if (EndpointLayout.egressSlot(value, 0) == slot
          || EndpointLayout.ingressSlot(value, 0) == slot) {
        return true;
      }
    }
    return false;
  }

  long writes() {
    return endpoints.writes() + addresses.writes() + prefixes.writes() + namespaces.writes();
  }
}
