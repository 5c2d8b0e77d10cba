package io.weir.lab;

import io.weir.api.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** What {@code weir lab} does to a lab that is up, or is to be. */
final class Lab {
  private final Store store;
  private final Path home;
  private final Places places;
  private final Network network;
  private final Engines engines;
  private final Consumer<String> tell;

  Lab(Store store, Consumer<String> tell) {
    this.store = store;
    this.home = Path.of(store.state().home());
    this.places = new Places(store.names(), home, Path.of(store.state().cgroup()));
    this.network = new Network(store.names());
    this.engines = new Engines(store.names(), home, places);
    this.tell = tell;
  }

  /** Makes the world and {@code count} nodes in it. */
  void up(int count) {
    List<LabState.Node> nodes = new ArrayList<>();
    for (int number = 1; number <= count; number++) {
      String name = "n" + number;
      nodes.add(new LabState.Node(number, name, store.names().engine(name)));
    }
    nodes.forEach(Engines::refuseIfThere);
    mountBpf();
    Cgroups.create(places.cgroup());
    directory(store.names().directory().resolve("logs"));
    network.makeWorld();
    serveWorld();
    tell.accept(
        "world: %s %s, and a server at %s %s"
            .formatted(
                Addresses.GATEWAY4, Addresses.GATEWAY6, Addresses.OUTSIDE4, Addresses.OUTSIDE6));
    nodes.forEach(this::makeNode);
  }

  private void makeNode(LabState.Node node) {
    store.change(state -> state.withNode(node));
    Cgroups.create(places.cgroup(node.name()));
    network.makeNode(node);
    engines.configure(node);
    tell.accept(
        "node %s: %s %s, pods %s; its engine starts"
            .formatted(
                node.name(),
                Addresses.node4(node.number()),
                Addresses.node6(node.number()),
                String.join(" ", Addresses.pods(node.number()))));
    long millis = engines.start(node).toMillis();
    tell.accept(inForce(node, millis));
    Path system = store.names().directory().resolve("system.yaml");
    Shipped.copy("system.yaml", system);
    new Client(home, node.engine()).apply(system);
    reconcile(node);
  }

  /** Sends each of the files to the node's engine, then makes its pods; the worst exit code. */
  int send(String verb, LabState.Node node, List<List<String>> calls) {
    Client client = new Client(home, node.engine());
    int worst = 0;
    for (List<String> call : calls) {
      worst = Math.max(worst, client.attached(Processes.words(verb, call)));
    }
    reconcile(node);
    return worst;
  }

  void reconcile(LabState.Node node) {
    new Pods(store.alone(), node, home, places, tell).reconcile();
  }

  int exec(LabState.Pod pod, List<String> command) {
    return Processes.attached(places.inPod(pod, command), places.environment());
  }

  /**
   * Runs a command in a node's namespace, {@code weir} there meaning its engine; or in the world's.
   */
  int on(String place, List<String> command) {
    var environment = new java.util.HashMap<>(places.environment());
    if (!place.equals(Names.WORLD)) {
      environment.put("WEIR_NODE", node(place).engine());
    }
    return Processes.attached(places.at(place, command), environment);
  }

  void kill(LabState.Node node) {
    engines.kill(node);
    tell.accept("node " + node.name() + ": its engine was killed; weir lab start " + node.name());
  }

  void fail(LabState.Node node) {
    network.carrier(node, false);
    tell.accept("node " + node.name() + ": its uplink is down; weir lab start " + node.name());
  }

  void start(LabState.Node node) {
    network.carrier(node, true);
    if (engines.runs(node)) {
      tell.accept("node " + node.name() + ": its uplink is up, its engine runs");
      return;
    }
    long millis = engines.start(node).toMillis();
    tell.accept(inForce(node, millis));
    reconcile(node);
  }

  private static String inForce(LabState.Node node, long millis) {
    return String.format(
        Locale.ROOT, "node %s: in force after %.1f s", node.name(), millis / 1000.0);
  }

  LabState.Node node(String name) {
    return store
        .state()
        .node(name)
        .orElseThrow(
            () ->
                Problem.of(
                        "lab " + store.state().name(),
                        "one of its nodes, "
                            + String.join(
                                ", ",
                                store.state().nodes().stream().map(LabState.Node::name).toList()),
                        '"' + name + '"')
                    .asException());
  }

  /** Whether the pod's own command still runs. */
  boolean runs(LabState.Pod pod) {
    return Cgroups.processes(places.running(pod)).contains(pod.process());
  }

  /** Something far away that answers: HTTP and UDP echo on port 80. */
  private void serveWorld() {
    Engines.launch(
        places,
        places.at(
            Names.WORLD,
            places.cgroup(Names.WORLD).resolve("server"),
            store.names().log(Names.WORLD),
            List.of("weir-lab-server", "echo", "80")));
  }

  private void mountBpf() {
    Path point = Path.of("/sys/fs/bpf");
    if (Mounts.at(point).contains("bpf")) {
      return;
    }
    store.change(state -> state.withMount(point.toString()));
    Processes.must("bpffs", Processes.run("mount", "-t", "bpf", "bpf", point.toString()));
  }

  static void directory(Path path) {
    try {
      Files.createDirectories(path);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
