package io.weir.lab;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where processes of a lab run, and how one gets there: {@code weir-lab-run} of the distribution.
 */
final class Places {
  private final Names names;
  private final Path home;
  private final Path cgroup;

  /**
   * @param cgroup the lab's, absolute
   */
  Places(Names names, Path home, Path cgroup) {
    this.names = names;
    this.home = home;
    this.cgroup = cgroup;
  }

  /** Everything of the lab that runs. */
  Path cgroup() {
    return cgroup;
  }

  /** Everything of a node, and its engine's {@code cgroup-root}; or of the world. */
  Path cgroup(String place) {
    return cgroup.resolve(place);
  }

  Path engine(String node) {
    return cgroup(node).resolve("engine");
  }

  Path pod(LabState.Pod pod) {
    return cgroup(pod.node()).resolve("pods").resolve(pod.namespace() + "_" + pod.name());
  }

  /** The process that holds a pod's namespaces. */
  List<String> holder(LabState.Pod pod, Path resolv) {
    Path own = Cgroups.create(pod(pod).resolve("holder"));
    return Processes.words(program(), "pod", own, pod.name(), resolv);
  }

  /** A command in a pod. */
  List<String> inPod(LabState.Pod pod, List<String> command) {
    return Processes.words(
        program(), "in", pod.holder(), Cgroups.create(running(pod)), "--", command);
  }

  /** A command in a pod, on its own, its process id told on standard output. */
  List<String> inPod(LabState.Pod pod, Path log, List<String> command) {
    return Processes.words(
        program(), "in", pod.holder(), Cgroups.create(running(pod)), "-d", log, "--", command);
  }

  /** The cgroup of what runs in a pod, without the holder. */
  Path running(LabState.Pod pod) {
    return pod(pod).resolve("running");
  }

  /** A command in a node's namespace, or the world's. */
  List<String> at(String place, List<String> command) {
    Path own = Cgroups.create(cgroup(place).resolve("shell"));
    return Processes.words(program(), "net", names.netns(place), own, "--", command);
  }

  /** A command that goes on there on its own, its process id told on standard output. */
  List<String> at(String place, Path own, Path log, List<String> command) {
    return Processes.words(
        program(), "net", names.netns(place), Cgroups.create(own), "-d", log, "--", command);
  }

  /** For all that runs in the lab: the distribution's programs first. */
  Map<String, String> environment() {
    return Map.of(
        "WEIR_HOME", home.toString(), "PATH", home.resolve("bin") + ":" + System.getenv("PATH"));
  }

  private Path program() {
    return home.resolve("bin/weir-lab-run");
  }
}
