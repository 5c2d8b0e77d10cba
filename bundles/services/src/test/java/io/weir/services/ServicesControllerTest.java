package io.weir.services;

import static io.weir.services.Some.backend;
import static io.weir.services.Some.port;
import static io.weir.services.Some.ready;
import static io.weir.services.Some.webSlice;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.StateFiles;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Change;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Status;
import io.weir.state.BootClock;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServicesControllerTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Owner MANIFESTS = Owner.of("io.weir.manifests");
  private static final FrontendKey WEB = Some.frontend("10.96.0.1", 80, Protocol.TCP);

  @TempDir Path base;

  private final TableStore tables = new TableStore();
  private final Epoch<ResourceKey, Resource> resources =
      tables.table(WeirTables.RESOURCES).write(MANIFESTS);
  private Optional<ServicesController> controller = Optional.empty();

  @AfterEach
  void stop() {
    controller.ifPresent(ServicesController::deactivate);
    controller = Optional.empty();
  }

  @Test
  void should_write_frontends_and_follow_their_backends() throws Exception {
    put(Some.web("web", "10.96.0.1"), webSlice("s", "web", ready("10.0.0.2", "a")));
    resources.synced();
    start();
    assertThat(frontends().get(WEB))
        .contains(
            new Frontend(
                WEB, 1, Some.key("web"), "", List.of(backend("10.0.0.2", 8080, "default/a"))));
    assertThat(frontends().synced()).isTrue();

    put(webSlice("s", "web"));
    settle();
    assertThat(frontends().get(WEB)).contains(new Frontend(WEB, 1, Some.key("web"), "", List.of()));

    resources.remove(Some.key("web"));
    settle();
    assertThat(frontends().size()).isZero();
  }

  @Test
  void should_write_nothing_before_the_resources_are_all_there() throws Exception {
    put(Some.web("web", "10.96.0.1"));
    start();
    assertThat(frontends().size()).isZero();
    assertThat(frontends().synced()).isFalse();
    assertThat(status("web")).isEqualTo(Status.PENDING);
    resources.synced();
    settle();
    assertThat(frontends().size()).isEqualTo(1);
    assertThat(status("web")).isEqualTo(Status.DONE);
  }

  @Test
  void should_sweep_nothing_of_its_predecessor_while_resources_come_back() throws Exception {
    put(Some.web("web", "10.96.0.1"), Some.web("shop", "10.96.0.2"));
    resources.synced();
    start();
    stop();
    List<Row<FrontendKey, Frontend>> before = List.copyOf(frontends().rows());
    TableStore other = new TableStore();
    Epoch<FrontendKey, Frontend> kept =
        other.table(WeirTables.FRONTENDS).write(Owner.of("io.weir.services"));
    before.forEach(row -> kept.put(row.key(), row.value()));
    kept.synced();
    kept.close();
    Epoch<ResourceKey, Resource> late = other.table(WeirTables.RESOURCES).write(MANIFESTS);
    late.put(Some.key("web"), Some.web("web", "10.96.0.1"));
    ServicesController successor = new ServicesController(other, files(), new BootClock());
    try {
      assertThat(other.settle(LIMIT)).isTrue();
      assertThat(other.table(WeirTables.FRONTENDS).snapshot().size()).isEqualTo(2);
      late.synced();
      assertThat(other.settle(LIMIT)).isTrue();
      assertThat(other.table(WeirTables.FRONTENDS).snapshot().rows())
          .extracting(Row::key)
          .containsExactly(WEB);
    } finally {
      successor.deactivate();
    }
  }

  @Test
  void should_change_nothing_when_it_is_replaced() throws Exception {
    put(
        Some.web("web", "10.96.0.1"),
        Some.web("shop", "10.96.0.2"),
        Some.service("odd", "type", "NodePort"),
        webSlice("s", "web", ready("10.0.0.2", "a")));
    resources.synced();
    start();
    resources.remove(Some.key("shop"));
    put(Some.web("blog", "10.96.0.3"));
    settle();
    long revision = frontends().revision();
    long problems = tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().revision();
    List<Frontend> before = rows();
    assertThat(before).extracting(Frontend::serviceId).containsExactlyInAnyOrder(2, 3);
    stop();
    assertThat(frontends().rows()).allMatch(Row::stale);
    start();
    assertThat(rows()).isEqualTo(before);
    assertThat(frontends().revision()).isEqualTo(revision);
    assertThat(frontends().rows()).noneMatch(Row::stale);
    assertThat(tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().revision()).isEqualTo(problems);
    assertThat(status("web")).isEqualTo(Status.DONE);
  }

  @Test
  void should_have_on_the_disk_what_anyone_can_see() throws Exception {
    List<Object> unseen = Collections.synchronizedList(new ArrayList<>());
    tables.loop(
        "watcher",
        List.of(WeirTables.FRONTENDS),
        inputs -> {
          String file = Files.exists(file()) ? Files.readString(file()) : "";
          for (Change<FrontendKey, Frontend> change : inputs.changes(WeirTables.FRONTENDS)) {
            if (change.after().isPresent()
                && !file.contains('"' + change.key().address().toString() + '"')) {
              unseen.add(change.key());
            }
          }
        });
    resources.synced();
    start();
    for (int i = 1; i <= 50; i++) {
      put(Some.web("web" + i, "10.96.0." + i));
      settle();
    }
    assertThat(rows()).hasSize(50);
    assertThat(unseen).isEmpty();
  }

  @Test
  void should_tell_what_of_services_and_slices_has_no_effect_while_it_is_so() throws Exception {
    put(
        Some.service(
            "web",
            "type",
            "NodePort",
            "clusterIPs",
            List.of("10.96.0.1"),
            "ports",
            List.of(port("", 80, "TCP"))),
        webSlice("s", "web", Some.fields("addresses", List.of("10.0.0.2", "10.0.0.3"))));
    resources.synced();
    start();
    assertThat(rows()).hasSize(1);
    assertThat(problems())
        .extracting(problem -> problem.key().source(), problem -> problem.refusals().size())
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("Service/default/web", 0),
            org.assertj.core.groups.Tuple.tuple("EndpointSlice/default/s", 0));
    assertThat(problems())
        .allMatch(problem -> problem.key().bundle().equals("io.weir.services"))
        .flatExtracting(SourceProblem::warnings)
        .hasSize(2);
    put(Some.web("web", "10.96.0.1"), webSlice("s", "web", ready("10.0.0.2", "a")));
    settle();
    assertThat(problems()).isEmpty();
  }

  @Test
  void should_report_that_an_address_is_anothers_until_it_is_not() throws Exception {
    put(Some.web("a", "10.96.0.1"), Some.web("b", "10.96.0.1"));
    resources.synced();
    start();
    assertThat(status("a")).isEqualTo(Status.DONE);
    assertThat(status("b")).isInstanceOf(Status.Failed.class);
    resources.remove(Some.key("a"));
    settle();
    assertThat(status("b")).isEqualTo(Status.DONE);
    assertThat(rows()).extracting(Frontend::service).containsExactly(Some.key("b"));
  }

  @Test
  void should_report_a_file_it_cannot_read_and_leave_all_as_it_was() throws Exception {
    Files.createDirectories(file().getParent());
    Files.write(file(), "{".getBytes(UTF_8));
    Epoch<FrontendKey, Frontend> predecessor =
        tables.table(WeirTables.FRONTENDS).write(Owner.of("io.weir.services"));
    predecessor.put(WEB, new Frontend(WEB, 7, Some.key("web"), "", List.of()));
    predecessor.synced();
    predecessor.close();
    put(Some.web("web", "10.96.0.1"));
    resources.synced();
    start();
    assertThat(rows()).extracting(Frontend::serviceId).containsExactly(7);
    assertThat(status("web")).isInstanceOf(Status.Failed.class);
    assertThat(((Status.Failed) status("web")).problem())
        .extracting(Problem::where)
        .isEqualTo("state/services.json");
    assertThat(Files.readString(file())).isEqualTo("{");
  }

  private void start() throws InterruptedException {
    controller = Optional.of(new ServicesController(tables, files(), new BootClock()));
    settle();
  }

  private void settle() throws InterruptedException {
    assertThat(tables.settle(LIMIT)).isTrue();
  }

  private void put(Resource... rows) {
    for (Resource row : rows) {
      resources.put(row.key(), row);
    }
  }

  private StateFiles files() {
    return new StateDirectory(new StateFiles.Places("n1", base, base, base));
  }

  private Path file() {
    return base.resolve("state/services.json");
  }

  private Status status(String service) {
    return tables.table(WeirTables.RESOURCES).status(Some.key(service)).get("io.weir.services");
  }

  private Snapshot<FrontendKey, Frontend> frontends() {
    return tables.table(WeirTables.FRONTENDS).snapshot();
  }

  private List<Frontend> rows() {
    return frontends().rows().stream().map(Row::value).toList();
  }

  private List<SourceProblem> problems() {
    return tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().rows().stream()
        .map(Row::value)
        .toList();
  }
}
