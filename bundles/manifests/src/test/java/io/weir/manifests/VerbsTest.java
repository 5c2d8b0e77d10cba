package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Loop;
import io.weir.api.table.Reporter;
import io.weir.api.table.Row;
import io.weir.api.table.Status;
import io.weir.manifests.FakeNode.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code apply}, {@code delete} and {@code get}, as their callers see them. */
@SuppressWarnings("try")
@Timeout(120)
class VerbsTest {
  private static final String RECONCILER = "io.weir.policy";
  private static final String USAGE =
      "usage: weir apply -f FILE|DIR|- [-f …] [-R] [-n NAMESPACE] [--no-wait]\n";

  @TempDir Path base;

  private FakeNode node;

  @BeforeEach
  void start() {
    node = new FakeNode(base).started();
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void should_say_what_became_of_each_resource() throws Exception {
    String web = Texts.service("web", "ports: [{port: 80}]");
    assertThat(node.apply(web + "---\n" + Texts.namespace("a"), "-f", "-"))
        .isEqualTo(new Ended(0, "service/web created\nnamespace/a created\n", ""));
    assertThat(node.apply(web, "-f", "-")).isEqualTo(new Ended(0, "service/web unchanged\n", ""));
    assertThat(node.apply(web.replace("80", "81"), "-f", "-"))
        .isEqualTo(new Ended(0, "service/web configured\n", ""));
    assertThat(node.row("Service", "web")).isPresent();
  }

  @Test
  void should_apply_the_neighbours_of_a_bad_document_and_exit_with_1() throws Exception {
    assertThat(
            node.apply(
                Texts.namespace("a") + "---\nkind: [\n---\n" + Texts.namespace("b"), "-f", "-"))
        .satisfies(
            ended -> {
              assertThat(ended.code()).isEqualTo(1);
              assertThat(ended.out()).isEqualTo("namespace/a created\nnamespace/b created\n");
              assertThat(ended.err()).startsWith("stdin:");
            });
    assertThat(node.row("Namespace", "a")).isPresent();
    assertThat(node.row("Namespace", "b")).isPresent();
  }

  @Test
  void should_take_a_refused_resource_back_to_what_it_was() throws Exception {
    try (Refusing policies = new Refusing("81")) {
      assertThat(node.apply(Texts.policy("rule", "80"), "-f", "-"))
          .isEqualTo(new Ended(0, "ciliumnetworkpolicy/rule created\n", ""));
      Resource before = node.row("CiliumNetworkPolicy", "rule").orElseThrow();
      assertThat(node.apply(Texts.policy("rule", "81"), "-f", "-"))
          .isEqualTo(new Ended(1, "", "CiliumNetworkPolicy/default/rule: not on port 81\n"));
      assertThat(node.row("CiliumNetworkPolicy", "rule")).contains(before);
      assertThat(node.apply(Texts.policy("new", "81"), "-f", "-").code()).isEqualTo(1);
      assertThat(node.row("CiliumNetworkPolicy", "new")).isEmpty();
    }
  }

  @Test
  void should_try_nothing_whose_address_cannot_be_written_down() throws Exception {
    String web = Texts.service("web", "ports: [{port: 80}]");
    Path disk = base.resolve("state/cluster-ips.json");
    Files.createDirectories(disk); // where a file is to be, as on a disk that is full
    assertThatThrownBy(() -> node.apply(Texts.namespace("a") + "---\n" + web, "-f", "-"))
        .isInstanceOf(ProblemException.class)
        .hasMessageStartingWith(disk + ": expected a file that can be written")
        .hasMessageEndingWith("make room on the disk, or the directory writable");
    Files.delete(disk);
    assertThat(node.apply(Texts.namespace("b"), "-f", "-").code()).isZero();
    assertThat(node.row("Namespace", "a")).isEmpty();
    assertThat(node.row("Service", "web")).isEmpty();
    assertThat(node.apply(web, "-f", "-")).isEqualTo(new Ended(0, "service/web created\n", ""));
  }

  @Test
  void should_return_before_it_is_in_force_when_told_not_to_wait() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    try (Loop stuck =
            node.tables.loop(RECONCILER, List.of(WeirTables.RESOURCES), inputs -> held.await());
        AutoCloseable first = held::countDown) {
      assertThat(node.apply(Texts.policy("rule", "80"), "-f", "-", "--no-wait"))
          .isEqualTo(new Ended(0, "ciliumnetworkpolicy/rule created\n", ""));
      assertThat(node.row("CiliumNetworkPolicy", "rule")).isPresent();
    }
  }

  @Test
  void should_exit_with_2_for_a_command_line_that_is_not_understood() throws Exception {
    assertThat(node.apply(""))
        .isEqualTo(new Ended(2, "", "weir apply: expected -f FILE, got none\n" + USAGE));
    assertThat(node.apply("", "-f"))
        .isEqualTo(
            new Ended(2, "", "weir apply: expected a value after -f, got nothing\n" + USAGE));
    assertThat(node.apply("", "-f", "-", "--force"))
        .isEqualTo(new Ended(2, "", "weir apply: expected no option --force\n" + USAGE));
    assertThat(node.delete("").code()).isEqualTo(2);
    assertThat(node.delete("", "service").code()).isEqualTo(2);
    assertThat(node.get("gadgets").code()).isEqualTo(2);
    assertThat(node.get("pods", "-o", "xml").code()).isEqualTo(2);
  }

  @Test
  void should_say_that_a_file_is_not_there_or_has_no_resource() throws Exception {
    assertThat(node.apply("", "-f", "/no/such/file"))
        .isEqualTo(new Ended(1, "", "/no/such/file: expected a file or directory, got none\n"));
    assertThat(node.apply("# nothing\n", "-f", "-"))
        .isEqualTo(new Ended(1, "", "-: expected resources, got none\n"));
  }

  @Test
  void should_delete_by_name_and_by_file() throws Exception {
    String web = Texts.service("web", "ports: [{port: 80}]");
    node.apply(web, "-f", "-");
    assertThat(node.delete("", "service", "web"))
        .isEqualTo(new Ended(0, "service/web deleted\n", ""));
    assertThat(node.row("Service", "web")).isEmpty();
    assertThat(node.delete("", "svc/web"))
        .isEqualTo(new Ended(1, "", "Service/default/web: there is none\n"));
    assertThat(node.delete("", "svc/web", "--ignore-not-found")).isEqualTo(new Ended(0, "", ""));
    node.apply(web, "-f", "-");
    assertThat(node.delete(web, "-f", "-")).isEqualTo(new Ended(0, "service/web deleted\n", ""));
    assertThat(node.row("Service", "web")).isEmpty();
  }

  @Test
  void should_leave_what_a_file_says_to_the_file() throws Exception {
    node.write("web.yaml", Texts.service("web", "ports: [{port: 80}]"));
    FakeNode.await(() -> node.row("Service", "web").isPresent());
    assertThat(node.delete("", "service", "web"))
        .isEqualTo(
            new Ended(
                1,
                "",
                "Service/default/web: expected one that was applied, got one written in"
                    + " web.yaml:1; take it out there\n"));
    assertThat(node.apply(Texts.service("web", "ports: [{port: 81}]"), "-f", "-"))
        .isEqualTo(
            new Ended(
                1,
                "",
                "stdin:1: Service/default/web: expected what web.yaml says, which wins, got"
                    + " something else; change it in web.yaml\n"));
  }

  @Test
  void should_show_resources_in_every_form() throws Exception {
    node.apply(Texts.service("web", "clusterIP: 10.96.0.9, ports: [{port: 80}]"), "-f", "-");
    assertThat(node.get("services").out())
        .isEqualTo(
            "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)\n"
                + "web    ClusterIP   10.96.0.9    <none>        80/TCP\n");
    assertThat(node.get("services", "-o", "wide").out()).contains("SELECTOR").contains("LABELS");
    assertThat(node.get("svc", "web", "-o", "yaml").out())
        .startsWith("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n")
        .contains("clusterIP: \"10.96.0.9\"");
    assertThat(node.get("svc", "-o", "json").out()).startsWith("[").contains("\"10.96.0.9\"");
    assertThat(node.get("svc", "-o", "name")).isEqualTo(new Ended(0, "service/web\n", ""));
    assertThat(node.get("svc", "nobody"))
        .isEqualTo(new Ended(1, "", "Service/default/nobody: there is none\n"));
  }

  /** Puts policies in force, but for those of one port. */
  private final class Refusing implements AutoCloseable {
    private final String port;
    private final Reporter<ResourceKey> reporter =
        node.tables
            .table(WeirTables.RESOURCES)
            .reporter(RECONCILER, key -> key.kind().equals("CiliumNetworkPolicy"));
    private final Loop loop;

    Refusing(String port) {
      this.port = port;
      loop =
          node.tables.loop(
              RECONCILER,
              List.of(WeirTables.RESOURCES),
              inputs -> inputs.snapshot(WeirTables.RESOURCES).rows().forEach(this::report));
    }

    private void report(Row<ResourceKey, Resource> row) {
      boolean refused = row.value().body().toString().contains("port=" + port);
      Problem problem = Problem.of(row.key().toString(), "not on port " + port);
      reporter.report(
          row.key(), row.revision(), refused ? new Status.Failed(problem) : Status.DONE);
    }

    @Override
    public void close() {
      loop.close();
      reporter.close();
    }
  }
}
