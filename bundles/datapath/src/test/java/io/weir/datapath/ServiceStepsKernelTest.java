package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Backend;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Connections to a service whose backends come and go, and whose entries are evicted, by random
 * steps from {@code weir.seed} on: a connection that is under way keeps its backend whatever
 * happens, a new one gets one that is there, and answers come from the service.
 */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServiceStepsKernelTest {
  private static final int STEPS = 3000;
  private static final int CLIENTS = 6;
  private static final int SERVICE_PORT = 80;
  private static final Party SERVICE = Party.outside("10.96.0.1", "fd10:96::1");

  private TestNode node;
  private Pod client;
  private List<Pod> servers;
  private Random random;

  /** Backends by which the service can be reached now, of each family. */
  private List<Place> backends = List.of();

  private final Map<Connection, Place> connections = new HashMap<>();

  private record Place(int server, int port) {}

  private record Connection(boolean ipv6, int port) {}

  @BeforeAll
  void open() {
    node = new TestNode("servicesteps");
    client = node.pod(1, 1001);
    servers = List.of(node.pod(2, 1002), node.pod(3, 1003));
  }

  @AfterAll
  void close() {
    node.close();
  }

  @Test
  void should_keep_a_connections_backend_and_give_new_ones_one_that_is_there() {
    long seed = Long.getLong("weir.seed", 1);
    random = new Random(seed * 0x9e3779b97f4a7c15L);
    change();
    List<String> done = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      Optional<String> wrong = step(done);
      assertThat(wrong)
          .as("-Dweir.seed=%d, step %d, after %s", seed, i, done.subList(Math.max(0, i - 12), i))
          .isEmpty();
    }
  }

  private Optional<String> step(List<String> done) {
    Connection connection = new Connection(random.nextBoolean(), 40_000 + random.nextInt(CLIENTS));
    int kind = random.nextInt(20);
    done.add("%d %s %s".formatted(kind, connection, connections.get(connection)));
    if (kind == 0) {
      change();
      done.set(done.size() - 1, "backends " + backends);
      return Optional.empty();
    }
    if (kind < 4) {
      return begin(connection);
    }
    Place place = connections.get(connection);
    if (place == null) {
      return Optional.empty();
    }
    if (kind < 7) {
      evict(connection, place, kind);
      return Optional.empty();
    }
    return kind < 13 ? ask(connection, place) : answer(connection, place);
  }

  private void change() {
    List<Place> some = new ArrayList<>();
    for (Place place : List.of(new Place(0, 8080), new Place(0, 8081), new Place(1, 8080))) {
      if (random.nextInt(3) > 0) {
        some.add(place);
      }
    }
    backends = some;
    for (boolean ipv6 : new boolean[] {false, true}) {
      node.frontend(
          ipv6 ? 2 : 1,
          SERVICE.address(ipv6).toString(),
          SERVICE_PORT,
          Packet.TCP,
          some.stream()
              .map(place -> node.backend(servers.get(place.server()), ipv6, place.port()))
              .toArray(Backend[]::new));
    }
    node.put();
  }

  /** Also from a port whose last connection was never ended, or whose SYN is sent again. */
  private Optional<String> begin(Connection connection) {
    connections.remove(connection);
    Outcome out = node.fromPod(client, asked(connection, SYN));
    if (backends.isEmpty()) {
      return out.verdict().equals("answer [158]")
          ? Optional.empty()
          : Optional.of("expected a refusal, came " + out.verdict());
    }
    for (Place place : backends) {
      if (out.verdict().equals("redirect") && isLed(out, connection, place)) {
        connections.put(connection, place);
        return Optional.empty();
      }
    }
    return Optional.of(
        "led to none of %s: %s %s".formatted(backends, out.verdict(), out.frame().ends()));
  }

  private boolean isLed(Outcome out, Connection connection, Place place) {
    return out.frame().valid() && out.frame().ends().equals(ends(connection, place));
  }

  private String ends(Connection connection, Place place) {
    return "%s:%d > %s:%d"
        .formatted(
            client.party().address(connection.ipv6()),
            connection.port(),
            servers.get(place.server()).party().address(connection.ipv6()),
            place.port());
  }

  private Optional<String> ask(Connection connection, Place place) {
    Outcome out = node.fromPod(client, asked(connection, ACK | PSH));
    return out.verdict().equals("redirect") && isLed(out, connection, place)
        ? Optional.empty()
        : Optional.of("%s not kept: %s %s".formatted(place, out.verdict(), out.frame().ends()));
  }

  private Packet asked(Connection connection, int flags) {
    return Packet.tcp(
        client.party(), connection.port(), SERVICE, SERVICE_PORT, connection.ipv6(), flags);
  }

  private Optional<String> answer(Connection connection, Place place) {
    Pod server = servers.get(place.server());
    Outcome out =
        node.fromPod(
            server,
            Packet.tcp(
                server.party(),
                place.port(),
                client.party(),
                connection.port(),
                connection.ipv6(),
                ACK | PSH));
    String expected =
        "%s:%d > %s:%d"
            .formatted(
                SERVICE.address(connection.ipv6()),
                SERVICE_PORT,
                client.party().address(connection.ipv6()),
                connection.port());
    return out.verdict().equals("redirect")
            && out.frame().valid()
            && out.frame().ends().equals(expected)
        ? Optional.empty()
        : Optional.of("no answer: %s %s".formatted(out.verdict(), out.frame().ends()));
  }

  /** Of the flow only: translations are not evicted. */
  private void evict(Connection connection, Place place, int which) {
    Flows flows = new Flows(node.kernel, Packet.TCP);
    boolean six = connection.ipv6();
    if (which != 5) {
      flows.evict(
          client.party().address(six), connection.port(), SERVICE.address(six), SERVICE_PORT);
    }
    if (which != 4) {
      flows.evict(
          servers.get(place.server()).party().address(six),
          place.port(),
          client.party().address(six),
          connection.port());
    }
  }
}
