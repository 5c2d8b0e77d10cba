package io.weir.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a lab has made, or was about to make, on this machine. It is written before each change, so
 * that {@code down} finds everything whenever {@code up} was killed.
 *
 * @param home the distribution that its engines run
 * @param cgroup the lab's directory below the mount of cgroup2
 * @param mounts mount points that the lab made
 * @param nodes in the order of their numbers
 */
record LabState(
    String name,
    String home,
    String cgroup,
    List<String> mounts,
    List<Node> nodes,
    List<Pod> pods) {
  /**
   * @param number from 1; the node is called {@code n} and that
   * @param engine its name towards {@code weir --node}
   */
  record Node(int number, String name, String engine) {}

  /** How far a pod is; one that is not {@code RUNNING} is made anew. */
  enum Phase {
    MAKING,
    RUNNING,
    REMOVING
  }

  /**
   * @param owner the Deployment or ReplicaSet it comes from, empty for a pod of its own
   * @param holder the process that holds its namespaces; 0 before there is one
   * @param process its command; 0 before it runs
   */
  record Pod(
      String namespace,
      String name,
      String node,
      String owner,
      String image,
      List<String> command,
      String container,
      Phase phase,
      long holder,
      long process,
      List<String> addresses) {
    String key() {
      return namespace + "/" + name;
    }

    Pod with(Phase next) {
      return new Pod(
          namespace, name, node, owner, image, command, container, next, holder, process,
          addresses);
    }

    Pod heldBy(long pid) {
      return new Pod(
          namespace, name, node, owner, image, command, container, phase, pid, process, addresses);
    }

    Pod running(long pid) {
      return new Pod(
          namespace, name, node, owner, image, command, container, phase, holder, pid, addresses);
    }

    Pod at(List<String> given) {
      return new Pod(
          namespace, name, node, owner, image, command, container, phase, holder, process, given);
    }
  }

  Optional<Node> node(String name) {
    return nodes.stream().filter(node -> node.name().equals(name)).findFirst();
  }

  List<Pod> podsOf(String node) {
    return pods.stream().filter(pod -> pod.node().equals(node)).toList();
  }

  LabState withMount(String point) {
    return new LabState(name, home, cgroup, added(mounts, point, point::equals), nodes, pods);
  }

  LabState withNode(Node node) {
    return new LabState(
        name,
        home,
        cgroup,
        mounts,
        added(nodes, node, other -> other.name().equals(node.name())),
        pods);
  }

  /** With {@code pod} in the place of the one of its name. */
  LabState withPod(Pod pod) {
    return new LabState(
        name, home, cgroup, mounts, nodes, added(pods, pod, other -> same(pod, other)));
  }

  LabState withoutPod(Pod pod) {
    return new LabState(
        name,
        home,
        cgroup,
        mounts,
        nodes,
        pods.stream().filter(other -> !same(pod, other)).toList());
  }

  private static boolean same(Pod one, Pod other) {
    return one.node().equals(other.node()) && one.key().equals(other.key());
  }

  private static <T> List<T> added(List<T> list, T item, Predicate<T> replaced) {
    List<T> result = new ArrayList<>(list);
    result.removeIf(replaced);
    result.add(item);
    return List.copyOf(result);
  }
}
