package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.weir.itests.testing.NeedsRoot;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code weir swap} on a running node, while a pod asks by new connections. */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SwapVerbLabKernelTest {
  private final Lab lab = new Lab("verb");

  @TempDir Path directory;

  @BeforeAll
  void pods() {
    lab.up();
    lab.apply(
        Yaml.echo("default", "server", "app: server")
            + Yaml.shell("default", "client", "app: client")
            + Yaml.shell("default", "stranger", "app: stranger")
            + Yaml.service("default", "web", "app: server")
            + Yaml.ingress("default", "only-client", "app: server", "app: client"));
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @Test
  void should_leave_no_bundle_of_the_node_out_of_the_tests_of_swaps() {
    assertThat(lab.rows("bundle", "list"))
        .extracting(row -> row.get("bundle").getAsString().replaceFirst("^io\\.weir\\.", ""))
        .containsExactlyInAnyOrderElementsOf(OwnBundles.all());
  }

  @ParameterizedTest
  @MethodSource("io.weir.itests.system.OwnBundles#all")
  void should_swap_every_bundle_without_a_failed_request_or_a_write(String bundle) {
    try (Asking asking = Asking.start(lab, "client", "http://web/")) {
      Run.Ended ended =
          lab.tryWeir("", "swap", bundle, Jar.own(bundle).toString(), "--watch", "1", "-o", "json");
      assertThat(ended.code()).as(ended.told()).isZero();
      JsonObject row = row(ended);
      asking.awaitMore(10);

      assertThat(asking.failures()).isEmpty();
      assertThat(row.get("result").getAsString()).as(ended.told()).isEqualTo("done");
      assertThat(row.get("writes").getAsInt()).as(ended.told()).isZero();
    }
    assertThat(lab.tryWeir("", "status").code()).as(lab.tryWeir("", "status").told()).isZero();
    assertThat(listed(bundle).get("result").getAsString()).isEqualTo("done");
    // What follows shows that the new one works, not only that the kernel goes on.
    String url = "http://" + lab.addresses("default/server").get(0) + "/";
    assertThat(lab.reaches("stranger", url)).isFalse();
    lab.apply(Yaml.shell("default", "stranger", "app: client"));
    assertThat(lab.reaches("stranger", url)).isTrue();
    lab.apply(Yaml.shell("default", "stranger", "app: stranger"));
    assertThat(lab.reaches("stranger", url)).isFalse();
  }

  @Test
  void should_swap_a_whole_release_in_order() {
    try (Asking asking = Asking.start(lab, "client", "http://web/")) {
      Run.Ended ended =
          lab.tryWeir("", "swap", "--all", Run.HOME.resolve("system").toString(), "--watch", "0");
      asking.awaitMore(10);

      assertThat(ended.code()).as(ended.told()).isZero();
      assertThat(ended.err()).contains("a control restart").contains("io.weir.lab: not installed");
      assertThat(asking.failures()).isEmpty();
    }
    assertThat(lab.tryWeir("", "status").code()).as(lab.tryWeir("", "status").told()).isZero();
  }

  @Test
  void should_put_back_a_bundle_that_does_not_resolve() {
    Path broken =
        Jar.with(
            Jar.own("policy"),
            directory.resolve("unresolved.jar"),
            "Import-Package",
            "no.such.pack");

    assertRolledBack("policy", broken, "no.such.pack");
  }

  @Test
  void should_put_back_a_bundle_whose_component_throws() {
    Path broken =
        Jar.without(
            Jar.own("identity"), directory.resolve("throws.jar"), "io/weir/identity/Numbers");

    assertRolledBack("identity", broken, "io.weir.identity");
  }

  @Test
  void should_put_back_a_console_that_does_not_start() {
    Path broken =
        Jar.without(
            Jar.own("console"), directory.resolve("console.jar"), "io/weir/console/Listener");

    assertRolledBack("console", broken, "io.weir.console");
  }

  @Test
  void should_refuse_what_is_no_bundle_or_would_stop_others() {
    Path base = Jar.small(directory.resolve("base.jar"), "io.weir.base", "Export-Package", "base");
    Path user = Jar.small(directory.resolve("user.jar"), "io.weir.user", "Import-Package", "base");
    lab.tryWeir("bundle:install -s %s %s\nexit\n".formatted(base.toUri(), user.toUri()), "shell");

    Run.Ended refused = lab.tryWeir("", "swap", "base", base.toString());
    Run.Ended other = lab.tryWeir("", "swap", "policy", base.toString());
    lab.tryWeir("bundle:uninstall io.weir.user io.weir.base\nexit\n", "shell");

    assertThat(refused.code()).as(refused.told()).isEqualTo(1);
    assertThat(refused.err())
        .isEqualTo(
            "swap io.weir.base: expected to affect nothing else, got that it would stop and start"
                + " io.weir.user too; nothing was touched; weir bundle update replaces it all the"
                + " same\n");
    assertThat(other.err())
        .contains("expected the jar of io.weir.policy, got one of io.weir.base; nothing was");
  }

  @Test
  void should_say_whose_rows_nobody_keeps_up_to_date() {
    lab.weir("bundle", "stop", "identity");
    Run.Ended list = lab.tryWeir("", "bundle", "list", "-o", "json");
    Run.Ended status = lab.tryWeir("", "status");
    lab.weir("bundle", "start", "identity");

    assertThat(list.code()).as(list.told()).isEqualTo(1);
    int stale = of("identity", list.out()).get("stale").getAsInt();
    assertThat(stale).isPositive();
    assertThat(status.code()).as(status.told()).isEqualTo(1);
    assertThat(status.out())
        .containsPattern(
            "bundle io.weir.identity +failed +"
                + stale
                + " rows that it wrote stay in force, and nobody keeps them up to date");
  }

  private void assertRolledBack(String bundle, Path broken, String reason) {
    try (Asking asking = Asking.start(lab, "client", "http://web/")) {
      Run.Ended ended = lab.tryWeir("", "swap", bundle, broken.toString(), "-o", "json");
      asking.awaitMore(10);

      assertThat(ended.code()).as(ended.told()).isEqualTo(1);
      assertThat(row(ended).get("result").getAsString()).isEqualTo("rolled back");
      assertThat(row(ended).get("why").getAsString())
          .startsWith("swap io.weir." + bundle + ": expected version ")
          .contains(reason)
          .endsWith("is in force again");
      assertThat(ended.err()).contains(row(ended).get("why").getAsString());
      assertThat(asking.failures()).isEmpty();
    }
    assertThat(listed(bundle).get("result").getAsString()).isEqualTo("rolled back");
    assertThat(lab.tryWeir("", "status").code()).as(lab.tryWeir("", "status").told()).isZero();
  }

  private JsonObject listed(String bundle) {
    return of(bundle, lab.weir("bundle", "list", "-o", "json"));
  }

  private static JsonObject of(String bundle, String list) {
    return JsonParser.parseString(list).getAsJsonArray().asList().stream()
        .map(JsonElement::getAsJsonObject)
        .filter(row -> row.get("bundle").getAsString().equals("io.weir." + bundle))
        .findFirst()
        .orElseThrow();
  }

  private static JsonObject row(Run.Ended ended) {
    assertThat(ended.out()).as(ended.told()).startsWith("[");
    return JsonParser.parseString(ended.out()).getAsJsonArray().get(0).getAsJsonObject();
  }
}
