package io.weir.lab;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Makes a node's pods what its engine wants: namespaces held by a process, the CNI plugin's ADD,
 * then the command that the image stands for.
 */
final class Pods {
  private static final Duration READY = Duration.ofSeconds(15);
  private static final int AT_ONCE = 4;

  private final Store store;
  private final LabState.Node node;
  private final Places places;
  private final CniPlugin cni;
  private final Client client;
  private final Resolver resolver;
  private final Images images = Images.shipped();
  private final Consumer<String> tell;

  Pods(Store store, LabState.Node node, Path home, Places places, Consumer<String> tell) {
    this.store = store;
    this.node = node;
    this.places = places;
    this.cni = new CniPlugin(home, places);
    this.client = new Client(home, node.engine());
    this.resolver = new Resolver(store.names(), node.name(), client);
    this.tell = tell;
  }

  /** Returns when every pod that the engine wants runs, and no other. */
  void reconcile() {
    List<PodSpec> want = new ArrayList<>();
    for (var pod : client.get("pods")) {
      PodSpec spec = PodSpec.parse(pod);
      if (spec.hostNetwork()) {
        tell.accept("pod " + spec.key() + ": hostNetwork is not run by the lab");
      } else {
        want.add(spec);
      }
    }
    PodPlan plan = PodPlan.of(store.state().podsOf(node.name()), want, this::command);
    // The resolver's address is written into every other pod's resolv.conf, and is asked first.
    each(plan.remove(), this::remove);
    each(plan.make(), this::make);
  }

  /** Removes one pod as a container runtime does: its processes, its interface, its namespaces. */
  private void remove(LabState.Pod pod) {
    store.change(state -> state.withPod(pod.with(LabState.Phase.REMOVING)));
    Cgroups.kill(places.running(pod));
    cni.remove(node, pod);
    Cgroups.kill(places.pod(pod));
    Cgroups.remove(places.pod(pod));
    store.change(state -> state.withoutPod(pod));
    tell.accept("pod " + pod.key() + ": removed");
  }

  private void make(PodSpec spec) {
    LabState.Pod pod =
        new LabState.Pod(
            spec.namespace(),
            spec.name(),
            node.name(),
            spec.owner(),
            spec.image(),
            command(spec),
            UUID.randomUUID().toString().replace("-", ""),
            LabState.Phase.MAKING,
            0,
            0,
            List.of());
    if (images.find(spec.image()).isEmpty() && spec.command().isEmpty()) {
      tell.accept(
          "pod %s: warning: nobody knows what %s runs, so it idles; give the container a command"
              .formatted(pod.key(), spec.image()));
    }
    LabState.Pod made = keep(pod);
    made = keep(made.heldBy(hold(made)));
    made = keep(made.at(cni.add(node, made)));
    made = keep(made.running(launch(made, spec)));
    awaitPort(made, images.find(spec.image()).map(Images.Image::port).orElse(0));
    keep(made.with(LabState.Phase.RUNNING));
    tell.accept("pod %s: %s".formatted(pod.key(), String.join(" ", made.addresses())));
  }

  private LabState.Pod keep(LabState.Pod pod) {
    store.change(state -> state.withPod(pod));
    return pod;
  }

  /** The process that holds the namespaces; it says when they are there. */
  private long hold(LabState.Pod pod) {
    Path resolv = resolver.file(pod.namespace());
    try {
      Process process = new ProcessBuilder(places.holder(pod, resolv)).start();
      if (process.inputReader().readLine() == null) {
        String why =
            new String(
                process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        throw Problem.of("pod " + pod.key(), why.strip()).asException();
      }
      return process.pid();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long launch(LabState.Pod pod, PodSpec spec) {
    Path log = store.names().log(pod.namespace() + "_" + pod.name());
    Map<String, String> environment = new HashMap<>(places.environment());
    environment.putAll(spec.environment());
    environment.put("WEIR_NODE", node.engine());
    String out =
        Processes.must(
            "pod " + pod.key(),
            Processes.runDetached(places.inPod(pod, log, pod.command()), environment));
    return Long.parseLong(out.strip());
  }

  private List<String> command(PodSpec spec) {
    List<String> command =
        spec.command().isEmpty()
            ? images.find(spec.image()).map(Images.Image::command).orElse(Images.IDLE)
            : spec.command();
    List<String> all = new ArrayList<>(command);
    if (!spec.command().isEmpty() || images.find(spec.image()).isPresent()) {
      all.addAll(spec.arguments());
    }
    return List.copyOf(all);
  }

  /**
   * A server is ready when it listens; the pod's own command decides, where the image has a port.
   */
  private void awaitPort(LabState.Pod pod, int port) {
    Path processes = places.running(pod);
    Poll.until(
        READY,
        () -> {
          if (Cgroups.processes(processes).isEmpty()) {
            throw Problem.of(
                    "pod " + pod.key(), "its command ended: " + String.join(" ", pod.command()))
                .remedy("see " + store.names().log(pod.namespace() + "_" + pod.name()))
                .asException();
          }
          return port == 0 || listens(pod.holder(), port);
        },
        () ->
            Problem.of(
                "pod " + pod.key(),
                "a listener on port " + port + " within " + READY.toSeconds() + " s",
                "none"));
  }

  private static boolean listens(long pid, int port) {
    String local = ":%04X".formatted(port);
    for (String table : List.of("tcp", "tcp6")) {
      try {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/net", table))) {
          String[] fields = line.strip().split("\\s+");
          if (fields[1].endsWith(local) && fields[3].equals("0A")) {
            return true;
          }
        }
      } catch (IOException e) {
        return false;
      }
    }
    return false;
  }

  /** All of them, a few at a time; then fails with the first that failed. */
  private static <T> void each(List<T> items, Consumer<T> action) {
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (T item : items) {
        running.add(threads.submit(() -> action.accept(item)));
      }
      ProblemException first = null;
      for (Future<?> one : running) {
        try {
          one.get();
        } catch (ExecutionException e) {
          if (!(e.getCause() instanceof ProblemException problem)) {
            throw new IllegalStateException(e.getCause());
          }
          first = first == null ? problem : first;
        }
      }
      if (first != null) {
        throw first;
      }
    } catch (InterruptedException e) {
      throw Processes.interrupted();
    } finally {
      threads.shutdown();
    }
  }
}
