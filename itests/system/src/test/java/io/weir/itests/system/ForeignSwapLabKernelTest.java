package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bundles of ours are replaced by the container's own ways, under load; each has acted. */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignSwapLabKernelTest {
  private static final String NEXT = "99.0.0";

  private final Lab lab = new Lab("foreign");
  private LoadedNode node;
  private Path directory;

  /** What the container has been told of stays as long as it does. */
  @BeforeAll
  void pods(@TempDir Path files) throws Exception {
    directory = files;
    lab.up();
    node = new LoadedNode(lab, files);
  }

  @AfterAll
  void down() {
    node.close();
    lab.close();
  }

  /** Of a controller, and of those that offer services which others take all of. */
  @ParameterizedTest
  @ValueSource(strings = {"identity", "cni", "datapath", "flows"})
  void should_lose_nothing_when_a_feature_is_upgraded_to_another_version(String bundle)
      throws Exception {
    node.container("feature:repo-add " + repository(bundle));

    node.assertNothingLost(
        bundle, () -> node.container("feature:install -u weir-" + bundle + "/" + NEXT));

    assertThat(versions(bundle)).containsExactly(NEXT + " active");
  }

  @Test
  void should_refuse_a_jar_of_the_version_in_force_that_is_dropped_into_deploy() throws Exception {
    List<String> before = versions("services");
    Path log = Path.of("/var/lib/weir", lab.engine(), "data/log/weir.log");
    Path dropped = deploy().resolve("services.jar");
    node.assertNothingLost(
        "services",
        () -> {
          drop(Jar.own("services"), dropped);
          Wait.until("it is refused", () -> read(log).contains("not unique: io.weir.services:"));
          Files.delete(dropped);
        });

    assertThat(versions("services")).isEqualTo(before);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void should_not_begin_another_version_beside_the_one_in_force() throws Exception {
    String before = versions("policy").get(0);
    Path dropped = deploy().resolve("policy.jar");
    String beside = NEXT + " installed, not resolved";
    node.assertNothingLost(
        "policy",
        () -> {
          drop(next("policy"), dropped);
          Wait.until("it is there", () -> versions("policy").contains(beside));
          assertThat(versions("policy")).containsExactlyInAnyOrder(before, beside);
          Files.delete(dropped);
          Wait.until("it has gone", () -> versions("policy").equals(List.of(before)));
        });

    // The one in force works on: no other has taken its tables.
    lab.apply(
        Yaml.echo("default", "web", "app: web")
            + Yaml.shell("default", "asker", "app: asker")
            + Yaml.ingress("default", "nobody", "app: web", "app: nobody"));
    String url = "http://" + lab.addresses("default/web").get(0) + "/";
    assertThat(lab.reaches("default/asker", url)).isFalse();
  }

  @Test
  void should_have_the_swapped_jar_in_force_after_a_kill_and_after_a_stop() throws Exception {
    lab.weir("swap", "node", next("node").toString(), "--watch", "0");
    assertThat(versions("node")).containsExactly(NEXT + " active");

    lab.lab("kill", "n1");
    lab.lab("start", "n1");
    lab.awaitInForce();
    assertThat(versions("node")).as("after a kill").containsExactly(NEXT + " active");
    lab.weir("stop", "--node", lab.engine());
    lab.lab("start", "n1");
    lab.awaitInForce();
    assertThat(versions("node")).as("after a stop").containsExactly(NEXT + " active");

    Run.Ended back = lab.tryWeir("", "bundle", "update", "node");
    assertThat(back.code()).as(back.told()).isZero();
    assertThat(back.err())
        .contains("io.weir.node: " + NEXT + " -> ")
        .contains(", from mvn:io.weir/io.weir.node/")
        .contains("which it was installed from; it was swapped ");
    assertThat(versions("node")).noneMatch(version -> version.startsWith(NEXT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"linux", "state", "api"})
  void should_start_again_what_all_others_stand_on(String bundle) throws Exception {
    lab.weir("bundle", "stop", bundle);
    assertThat(lab.tryWeir("", "bundle", "list").out()).contains("stopped");
    Run.Ended started = lab.tryWeir("", "bundle", "start", bundle);

    assertThat(started.code()).as(started.told()).isZero();
    lab.awaitInForce();
  }

  @Test
  void should_refuse_to_stop_who_answers() {
    Run.Ended refused = lab.tryWeir("", "bundle", "stop", "console");

    assertThat(refused.code()).as(refused.told()).isEqualTo(1);
    assertThat(refused.err()).contains("nobody would be left to start it");
    assertThat(lab.tryWeir("", "bundle", "restart", "console").code()).isZero();
  }

  /** Where a feature of another version is described. */
  private String repository(String bundle) throws IOException {
    return Files.writeString(
            directory.resolve(bundle + ".xml"),
            """
            <features name="next-%1$s" xmlns="http://karaf.apache.org/xmlns/features/v1.6.0">
              <feature name="weir-%1$s" version="%2$s">
                <feature>weir-state</feature>
                <feature>weir-bpf</feature>
                <bundle start-level="70">%3$s</bundle>
              </feature>
            </features>
            """
                .formatted(bundle, NEXT, next(bundle).toUri()))
        .toUri()
        .toString();
  }

  private Path next(String bundle) {
    return Jar.with(
        Jar.own(bundle), directory.resolve(bundle + "-next.jar"), "Bundle-Version", NEXT);
  }

  private Path deploy() {
    return Path.of("/var/lib/weir", lab.engine(), "deploy");
  }

  /** Never seen half-written. */
  private void drop(Path jar, Path to) throws IOException {
    Path part = directory.resolve("part");
    Files.copy(jar, part, StandardCopyOption.REPLACE_EXISTING);
    Path there = deploy().resolveSibling("part");
    Files.move(part, there, StandardCopyOption.REPLACE_EXISTING);
    Files.move(there, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /** {@code VERSION STATE} of each that is installed. */
  private List<String> versions(String bundle) {
    Run.Ended ended = lab.tryWeir("", "bundle", "list", "-o", "json");
    return JsonParser.parseString(ended.out()).getAsJsonArray().asList().stream()
        .map(row -> row.getAsJsonObject())
        .filter(row -> row.get("bundle").getAsString().equals("io.weir." + bundle))
        .map(ForeignSwapLabKernelTest::version)
        .toList();
  }

  private static String version(JsonObject row) {
    return row.get("version").getAsString() + " " + row.get("state").getAsString();
  }
}
