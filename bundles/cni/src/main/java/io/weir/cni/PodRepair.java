package io.weir.cni;

import io.weir.api.KernelCheck.Difference;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import io.weir.linux.Linux;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds where pods' interfaces are not those of the endpoints, and repairs them. A pair that has
 * gone is made anew where the pod's namespace is found, and its endpoint is forgotten where it is
 * not, as at a start. Endpoints that an ADD is still making are left to it.
 */
final class PodRepair {
  private static final Logger LOG = LoggerFactory.getLogger(PodRepair.class);

  private final Linux linux;
  private final EndpointStore store;
  private final PodLinks links;
  private final PodCheck check;
  private final Waiting waiting;
  private final Turns turns;

  PodRepair(
      Linux linux,
      EndpointStore store,
      PodLinks links,
      PodCheck check,
      Waiting waiting,
      Turns turns) {
    this.linux = linux;
    this.store = store;
    this.links = links;
    this.check = check;
    this.waiting = waiting;
    this.turns = turns;
  }

  List<Difference> differences() {
    List<Difference> all = new ArrayList<>();
    problems(PodNamespaces.find(linux))
        .values()
        .forEach(problems -> problems.forEach(problem -> all.add(Difference.of(problem))));
    leftOver()
        .forEach(
            name ->
                all.add(new Difference("device " + name, Difference.NOTHING, "a pod's interface")));
    return all;
  }

  /** What cannot be repaired is logged, and there at the next look. */
  void repair(Attaching attaching) throws InterruptedException {
    Map<Long, Path> namespaces = PodNamespaces.find(linux);
    for (EndpointBook.Entry entry : problems(namespaces).keySet()) {
      try (Turns.Turn turn = turns.take(entry.attachment(), Progress.SILENT)) {
        if (store.find(entry.attachment()).equals(Optional.of(entry))) {
          repair(
              entry,
              Optional.ofNullable(namespaces.get(entry.endpoint().netnsCookie())),
              attaching);
        }
      } catch (ProblemException | CniError e) {
        LOG.warn("{} is not repaired: {}", entry.attachment().claim(), e.getMessage());
      }
    }
    leftOver().forEach(links::delete);
  }

  private void repair(EndpointBook.Entry entry, Optional<Path> netns, Attaching attaching)
      throws InterruptedException {
    LocalNode node = node();
    Endpoint endpoint = entry.endpoint();
    Optional<Integer> there = links.hostIfindex(endpoint.hostInterface());
    if (there.isPresent()) {
      Endpoint now =
          there.get() == endpoint.hostIfindex() ? endpoint : store.publish(endpoint, there.get());
      waiting.inForce(now, Progress.SILENT);
      links.mend(now, netns, node);
    } else if (netns.isPresent()) {
      int ifindex = links.create(endpoint, netns.get().toString(), node);
      Endpoint now = store.publish(endpoint, ifindex);
      waiting.settle(Progress.SILENT);
      waiting.inForce(now, Progress.SILENT);
      links.open(now, netns.get().toString(), node);
    } else {
      attaching.delete(entry.attachment());
    }
  }

  private Map<EndpointBook.Entry, List<Problem>> problems(Map<Long, Path> namespaces) {
    LocalNode node = node();
    Map<EndpointBook.Entry, List<Problem>> all = new HashMap<>();
    for (EndpointBook.Entry entry : store.entries()) {
      Endpoint endpoint = entry.endpoint();
      if (endpoint.hostIfindex() == 0) {
        continue;
      }
      List<Address> gateways =
          endpoint.addresses().stream()
              .flatMap(address -> CniResult.gateway(node, address.ipv6()).stream())
              .toList();
      List<Problem> problems =
          check.differences(
              endpoint,
              Optional.ofNullable(namespaces.get(endpoint.netnsCookie())),
              gateways,
              node.hostMac());
      if (!problems.isEmpty()) {
        all.put(entry, problems);
      }
    }
    return all;
  }

  /** Interfaces of endpoints that nobody knows. */
  private List<String> leftOver() {
    List<String> there = links.hostInterfaces(); // before the book, which knows of each before
    Set<String> known =
        store.entries().stream()
            .map(entry -> entry.endpoint().hostInterface())
            .collect(Collectors.toSet());
    return there.stream().filter(name -> !known.contains(name)).toList();
  }

  private LocalNode node() {
    return waiting
        .node()
        .orElseThrow(
            () -> Problem.of("table local-node", "the row of this node", "none").asException());
  }
}
