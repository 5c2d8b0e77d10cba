package io.weir.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Clock;
import io.weir.api.StateFiles;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointIdentity;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.SettingValue;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.state.BootClock;
import io.weir.state.SettingsService;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The controller between real tables. */
@Timeout(60)
class IdentityControllerTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Owner OTHERS = Owner.of("io.weir.test");

  @TempDir Path base;

  private final TableStore tables = new TableStore();
  private final Epoch<ResourceKey, Resource> resources =
      tables.table(WeirTables.RESOURCES).write(OTHERS);
  private final Epoch<Integer, Endpoint> endpoints =
      tables.table(WeirTables.ENDPOINTS).write(OTHERS);
  private final SettingsService settings = new SettingsService(tables, Map.of());
  private final List<Loop> loops = new ArrayList<>();
  private final AtomicBoolean diskFull = new AtomicBoolean();
  private final List<Integer> onDisk = Collections.synchronizedList(new ArrayList<>());
  private IdentityController controller;

  @AfterEach
  void stop() {
    loops.forEach(Loop::close);
    controller.deactivate();
  }

  @Test
  void should_wait_until_endpoints_and_resources_are_complete() throws Exception {
    pod("web", Map.of("app", "web"));
    endpoint(1, "web");
    endpoints.synced();
    start();
    assertThat(tables.table(WeirTables.ENDPOINT_IDENTITIES).snapshot().rows()).isEmpty();
    resources.synced();
    settle();
    assertThat(identity(1)).isPresent();
  }

  @Test
  void should_give_pods_of_equal_labels_one_identity_and_an_unknown_pod_init() throws Exception {
    pod("a", Map.of("app", "web", "pod-template-hash", "1"));
    pod("b", Map.of("app", "web", "pod-template-hash", "2"));
    pod("c", Map.of("app", "other"));
    for (String name : List.of("a", "b", "c", "nobody")) {
      endpoint(name.charAt(0), name);
    }
    synced();
    start();
    assertThat(identity('a')).isEqualTo(identity('b')).isNotEqualTo(identity('c'));
    assertThat(identity('n')).contains(Identity.INIT);
    pod("nobody", Map.of("app", "web"));
    settle();
    assertThat(identity('n')).isEqualTo(identity('a'));
  }

  @Test
  void should_follow_the_labels_of_a_running_pod_and_of_its_namespace() throws Exception {
    pod("a", Map.of("app", "web"));
    endpoint(1, "a");
    synced();
    start();
    int first = identity(1).orElseThrow();
    pod("a", Map.of("app", "db"));
    settle();
    int second = identity(1).orElseThrow();
    assertThat(second).isNotEqualTo(first);
    assertThat(tables.table(WeirTables.IDENTITIES).snapshot().get(first))
        .as("its peers still know it")
        .isPresent();
    put(resource("Namespace", "", "default", Map.of("team", "red"), Map.of()));
    settle();
    assertThat(identity(1)).get().isNotEqualTo(second);
    assertThat(labels(1)).containsEntry("k8s:io.cilium.k8s.namespace.labels.team", "red");
    pod("a", Map.of("app", "web"));
    resources.remove(new ResourceKey("Namespace", "", "default"));
    settle();
    assertThat(identity(1)).as("the same labels again").contains(first);
  }

  @Test
  void should_have_numbers_on_the_disk_before_they_are_in_a_table() throws Exception {
    synced();
    List<String> early = Collections.synchronizedList(new ArrayList<>());
    start();
    loops.add(
        tables.loop(
            "io.weir.test",
            List.of(WeirTables.ENDPOINT_IDENTITIES, WeirTables.IDENTITIES),
            inputs -> {
              for (var change : inputs.changes(WeirTables.IDENTITIES)) {
                if (change.key() >= Identity.FIRST_POD && !onDisk.contains(change.key())) {
                  early.add("not on the disk: " + change.key());
                }
              }
              for (var row : inputs.snapshot(WeirTables.ENDPOINT_IDENTITIES).rows()) {
                int number = row.value().identity();
                if (inputs.snapshot(WeirTables.IDENTITIES).get(number).isEmpty()) {
                  early.add("not in the table: " + number);
                }
              }
            }));
    for (int i = 0; i < 30; i++) {
      pod("p" + i, Map.of("app", "p" + i));
      endpoint(100 + i, "p" + i);
      settle();
    }
    assertThat(onDisk).hasSizeGreaterThanOrEqualTo(30);
    assertThat(early).isEmpty();
    diskFull.set(true);
    pod("late", Map.of("app", "late"));
    endpoint(999, "late");
    tables.settle(Duration.ofMillis(300));
    assertThat(identity(999)).as("no number that a restart would not know").isEmpty();
    diskFull.set(false);
    settle();
    assertThat(identity(999)).isPresent();
  }

  @Test
  void should_change_nothing_when_it_is_replaced_and_give_the_same_numbers_to_empty_tables()
      throws Exception {
    pod("a", Map.of("app", "a"));
    pod("b", Map.of("app", "b"));
    endpoint(1, "a");
    endpoint(2, "b");
    synced();
    start();
    int a = identity(1).orElseThrow();
    int b = identity(2).orElseThrow();
    long revision = tables.table(WeirTables.IDENTITIES).snapshot().revision();
    long given = tables.table(WeirTables.ENDPOINT_IDENTITIES).snapshot().revision();
    controller.deactivate();
    start();
    assertThat(tables.table(WeirTables.IDENTITIES).snapshot().revision()).isEqualTo(revision);
    assertThat(tables.table(WeirTables.ENDPOINT_IDENTITIES).snapshot().revision()).isEqualTo(given);
    controller.deactivate();
    endpoints.remove(1);
    endpoints.remove(2);
    start();
    assertThat(identity(1)).isEmpty();
    endpoint(2, "b");
    settle();
    endpoint(1, "a");
    settle();
    assertThat(identity(1)).contains(a);
    assertThat(identity(2)).contains(b);
  }

  @Test
  void should_keep_a_pod_that_is_taken_down_what_it_was_and_forget_one_that_has_ended()
      throws Exception {
    pod("a", Map.of("app", "a"));
    pod("b", Map.of("app", "b"));
    endpoint(1, "a");
    endpoint(2, "b");
    synced();
    start();
    Optional<Integer> before = identity(1);
    resources.remove(new ResourceKey("Pod", "default", "a"));
    put(
        resource(
            "Pod",
            "default",
            "b",
            Map.of("app", "b"),
            Map.of("status", Map.of("phase", "Succeeded"))));
    settle();
    assertThat(identity(1)).isEqualTo(before);
    assertThat(identity(2)).isEmpty();
  }

  @Test
  void should_say_that_the_host_serves_the_api_where_it_does() throws Exception {
    Epoch<String, LocalNode> node = tables.table(WeirTables.LOCAL_NODE).write(OTHERS);
    node.put(
        LocalNode.KEY,
        new LocalNode(
            "n1",
            List.of(Address.parse("192.0.2.1")),
            List.of(),
            List.of(),
            "weir_host",
            1,
            "02:00:00:00:00:01",
            1500,
            0,
            ""));
    synced();
    start();
    assertThat(labelsOf(Identity.HOST)).doesNotContainKey("reserved:kube-apiserver");
    put(
        resource(
            "EndpointSlice",
            "default",
            "kubernetes",
            Map.of("kubernetes.io/service-name", "kubernetes"),
            Map.of("endpoints", List.of(Map.of("addresses", List.of("192.0.2.1"))))));
    settle();
    assertThat(labelsOf(Identity.HOST)).containsKey("reserved:kube-apiserver");
  }

  @Test
  void should_take_the_label_filter_at_run_time() throws Exception {
    pod("a", Map.of("app", "x", "tier", "front"));
    endpoint(1, "a");
    synced();
    start();
    assertThat(labels(1)).containsKeys("k8s:app", "k8s:tier");
    tables
        .table(WeirTables.SETTINGS)
        .write(OTHERS)
        .set(
            Map.of(
                new WeirTables.SettingSourceKey("labels", "test"),
                new SettingValue("labels", "k8s:app", "test")));
    settle();
    assertThat(labels(1)).containsKey("k8s:app").doesNotContainKey("k8s:tier");
  }

  /** A second later by the time since boot; wall time is of no matter. */
  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void should_keep_a_number_when_the_wall_clock_jumps(int hours) throws Exception {
    long[] passed = {0};
    Clock jumping =
        new Clock() {
          @Override
          public long monotonicNanos() {
            return Duration.ofDays(1).plusSeconds(passed[0]).toNanos();
          }

          @Override
          public Instant wall(long nanos) {
            return Instant.EPOCH.plusNanos(nanos).plus(Duration.ofHours(hours * passed[0]));
          }
        };
    pod("a", Map.of("app", "x"));
    endpoint(1, "a");
    synced();
    controller = new IdentityController(tables, settings, files(), jumping);
    settle();
    Optional<Integer> number = identity(1);
    endpoints.remove(1);
    settle();
    passed[0] = 1;
    pod("b", Map.of("app", "y"));
    endpoint(2, "b");
    settle();
    pod("c", Map.of("app", "x"));
    endpoint(3, "c");
    settle();
    assertThat(identity(3)).isEqualTo(number);
  }

  private void synced() {
    resources.synced();
    endpoints.synced();
  }

  private void start() throws Exception {
    controller = new IdentityController(tables, settings, files(), new BootClock());
    settle();
  }

  /** Files that note which numbers they have. */
  private StateFiles files() {
    StateDirectory directory = new StateDirectory(new StateFiles.Places("n1", base, base, base));
    return new StateFiles() {
      @Override
      public Optional<byte[]> read(String name) {
        return directory.read(name);
      }

      @Override
      public void write(String name, byte[] content) {
        if (diskFull.get()) {
          throw new UncheckedIOException(new java.io.IOException("No space left on device"));
        }
        directory.write(name, content);
        NumbersFile.decode(Optional.of(content))
            .identities()
            .forEach(identity -> onDisk.add(identity.number()));
      }

      @Override
      public Places places() {
        return directory.places();
      }
    };
  }

  private void settle() throws Exception {
    assertThat(tables.settle(LONG)).as(() -> tables.unsettled().toString()).isTrue();
  }

  private void pod(String name, Map<String, String> labels) {
    put(resource("Pod", "default", name, labels, Map.of()));
  }

  private void put(Resource resource) {
    resources.put(resource.key(), resource);
  }

  private static Resource resource(
      String kind,
      String namespace,
      String name,
      Map<String, String> labels,
      Map<String, Object> body) {
    return new Resource(
        new ResourceKey(kind, namespace, name),
        "v1",
        labels,
        Map.of(),
        body,
        Resource.Origin.derived("test"));
  }

  private void endpoint(int id, String pod) {
    endpoints.put(
        id,
        new Endpoint(
            id,
            "default",
            pod,
            "c" + id,
            "eth0",
            "lxc" + id,
            id,
            "02:00:00:00:00:02",
            List.of(),
            0));
  }

  private Optional<Integer> identity(int endpoint) {
    return tables
        .table(WeirTables.ENDPOINT_IDENTITIES)
        .snapshot()
        .get(endpoint)
        .map(EndpointIdentity::identity);
  }

  private Map<String, String> labels(int endpoint) {
    return labelsOf(identity(endpoint).orElseThrow());
  }

  private Map<String, String> labelsOf(int identity) {
    return tables.table(WeirTables.IDENTITIES).snapshot().get(identity).orElseThrow().labels();
  }
}
