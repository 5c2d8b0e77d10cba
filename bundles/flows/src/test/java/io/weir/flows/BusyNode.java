package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Identity;
import io.weir.api.row.Isolation;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.ResourceKey;
import io.weir.flows.abi.Abi;
import io.weir.itests.testing.TestPins;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.Linux;
import io.weir.linux.RingReader;
import io.weir.linux.TestRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** The ring of a node under load, as {@code busy.c} fills it, and the names of its 250 pods. */
final class BusyNode implements AutoCloseable {
  static final int A_RUN = 16;

  private static final int PODS = 250;
  private static final int SERVICES = 100;

  final Linux linux = Linux.open();
  final EventMaps maps;
  private final TestPins pins = TestPins.create("busy");
  private final BpfObject object;
  private final BpfProgram busy;
  private final RingReader waiting;
  private final BpfMap ring;

  BusyNode() throws IOException {
    maps = new EventMaps(linux.bpf(), pins.path());
    object = linux.bpf().open("busy", TellPrograms.compile("busy"));
    object.load();
    busy = object.program("busy");
    Path group =
        Files.createDirectories(pins.path().resolve("maps/events-" + Abi.GROUPS.get("events")));
    for (String name : List.of("counters", "drops", "drop_limits", "events")) {
      try (BpfMap map = object.map(name)) {
        map.pin(group.resolve(name));
      }
    }
    ring = object.map("events");
    waiting = linux.rings().open(List.of(ring));
  }

  /** Tells so many events, a multiple of {@link #A_RUN}. */
  void tell(int events) {
    busy.run(TestRun.of(new byte[64]).repeat(events / A_RUN));
  }

  /** Bytes of events that nobody has read yet. */
  long waiting() {
    return waiting.waitingBytes();
  }

  static Names names() {
    Names names = new Names();
    for (int pod = 1; pod <= PODS; pod++) {
      int identity = 1000 + pod;
      names.endpoint(pod, Optional.of(endpoint(pod)), 0);
      TreeMap<String, String> labels = new TreeMap<>();
      labels.put("k8s:app", "app" + pod);
      labels.put("k8s:io.kubernetes.pod.namespace", "default");
      names.identity(identity, Optional.of(new Identity(identity, labels)), 0);
      names.policy(pod, Optional.of(new EndpointPolicy(pod, identity, 2 * pod, 2 * pod + 1)), 0);
      names.isolation(
          2 * pod + 1, Optional.of(new Isolation(2 * pod + 1, List.of(policy(pod % SERVICES)))), 0);
    }
    for (int number = 1; number <= SERVICES; number++) {
      names.rule(
          number,
          Optional.of(new PolicyRule(number, policy(number), Direction.INGRESS, "ingress[0]")),
          0);
      names.frontend(
          Optional.empty(),
          Optional.of(
              new Frontend(
                  new FrontendKey(Address.parse("10.96.0." + number), 80, 6),
                  number,
                  new ResourceKey("Service", "default", "service" + number),
                  "",
                  List.of())),
          0);
    }
    return names;
  }

  private static ResourceKey policy(int number) {
    return new ResourceKey("CiliumNetworkPolicy", "default", "policy" + number);
  }

  private static Endpoint endpoint(int id) {
    return new Endpoint(
        id,
        "default",
        "pod" + id,
        "c" + id,
        "eth0",
        "h" + id,
        id,
        "02:00:00:00:00:01",
        List.of(Address.parse("10.0.0." + id), Address.parse("fd00::%02x".formatted(id))),
        0);
  }

  @Override
  public void close() {
    waiting.close();
    ring.close();
    busy.close();
    object.close();
    pins.close();
    linux.close();
  }
}
