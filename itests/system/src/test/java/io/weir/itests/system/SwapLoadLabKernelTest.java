package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.weir.itests.testing.NeedsRoot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bundles are swapped, restarted and installed anew under load, and nobody notices. */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SwapLoadLabKernelTest {
  private static final List<String> FLOOR = List.of("linux", "state", "api");

  private final Lab lab = new Lab("swapload");
  private Load.Pods pods;

  @BeforeAll
  void pods(@TempDir Path directory) throws Exception {
    lab.up();
    pods = new Load.Pods(lab, directory);
  }

  @AfterAll
  void down() {
    pods.close();
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "policy",
        "identity",
        "services",
        "flows",
        "ipam",
        "node",
        "routing",
        "cni",
        "manifests",
        "datapath",
        "bpf",
        "console",
        "linux",
        "state",
        "api"
      })
  void should_lose_nothing_when_a_bundle_is_swapped(String bundle) throws Exception {
    loseNothing(
        bundle,
        () -> {
          Run.Ended ended =
              lab.tryWeir(
                  "", "swap", bundle, Jar.own(bundle).toString(), "--watch", "0", "-o", "json");
          assertThat(ended.code()).as(ended.told()).isZero();
          JsonObject row =
              JsonParser.parseString(ended.out()).getAsJsonArray().get(0).getAsJsonObject();
          System.out.println(bundle + ": swapped in " + row.get("millis") + " ms");
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "policy",
        "identity",
        "services",
        "flows",
        "ipam",
        "node",
        "routing",
        "cni",
        "manifests",
        "datapath",
        "linux",
        "state",
        "api"
      })
  void should_lose_nothing_when_a_bundle_is_stopped_and_started(String bundle) throws Exception {
    loseNothing(
        bundle,
        () -> {
          if (FLOOR.contains(bundle)) { // Weir's own verbs stand on it, the container's do not
            container("bundle:stop io.weir.%s\nbundle:start io.weir.%1$s".formatted(bundle));
          } else {
            lab.weir("bundle", "stop", bundle);
            lab.weir("bundle", "start", bundle);
          }
        });
  }

  /** Not the floor, which takes the console with it that would install it again. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "policy",
        "identity",
        "services",
        "flows",
        "ipam",
        "node",
        "routing",
        "cni",
        "manifests",
        "datapath"
      })
  void should_lose_nothing_when_a_bundle_is_uninstalled_and_installed_again(String bundle)
      throws Exception {
    loseNothing(
        bundle,
        () -> {
          String name = "io.weir." + bundle;
          Run.Ended ended =
              lab.tryWeir(
                  "bundle:uninstall %s\nbundle:install -s -l %s %s\nexit\n"
                      .formatted(name, level(name), Jar.own(bundle).toUri()),
                  "shell");
          assertThat(ended.told()).contains("Bundle ID: ").doesNotContain("Error");
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "policy",
        "identity",
        "services",
        "flows",
        "ipam",
        "node",
        "routing",
        "cni",
        "manifests",
        "datapath"
      })
  void should_lose_nothing_when_the_container_updates_a_bundle(String bundle) throws Exception {
    loseNothing(bundle, () -> container("bundle:update io.weir." + bundle));
  }

  @ParameterizedTest
  @ValueSource(strings = {"policy", "datapath"})
  void should_lose_nothing_when_the_container_upgrades_a_feature(String bundle) throws Exception {
    loseNothing(bundle, () -> container("feature:install -u weir-" + bundle));
  }

  private void container(String command) {
    Run.Ended ended = lab.tryWeir(command + "\nexit\n", "shell");
    assertThat(ended.told()).contains(command.substring(0, 4)).doesNotContain("Error");
  }

  private String level(String name) {
    String told = lab.tryWeir("bundle:start-level " + name + "\nexit\n", "shell").out();
    return told.replaceAll("(?s).*[Ll]evel[^0-9]*(\\d+).*", "$1");
  }

  /** What is done to a bundle. */
  private interface Act {
    void run() throws Exception;
  }

  private void loseNothing(String bundle, Act act) throws Exception {
    awaitInForce();
    Map<String, Long> written = metric("weir_map_writes_total");
    Map<String, Long> lost = metric("weir_flow_events_lost_total");
    try (Load load = pods.start()) {
      load.awaitMore(100);
      long begin = System.nanoTime();
      act.run();
      awaitInForce();
      load.awaitMore(100);
      System.out.println(bundle + ": " + (System.nanoTime() - begin) / 1_000_000 + " ms in all");
      Load.Figures figures = load.end();

      figures.assertNothingIsLost(bundle);
      assertThat(figures.connectRetransmits()).as("of connections, %s", figures).isZero();
    }
    Map<String, Long> after = metric("weir_map_writes_total");
    // New classes count from 0.
    assertThat(after).as("writes to maps").isEqualTo(counted(after) == 0 ? Map.of() : written);
    assertThat(metric("weir_flow_events_lost_total")).isEqualTo(lost);
    Loaders.assertOldOnesAreCollected(lab, bundle);
  }

  private static long counted(Map<String, Long> values) {
    return values.values().stream().mapToLong(Long::longValue).sum();
  }

  private Map<String, Long> metric(String name) {
    return lab.rows("metrics", name).stream()
        .filter(row -> row.get("value").getAsLong() != 0)
        .collect(
            Collectors.toMap(
                row -> row.get("labels").toString(), row -> row.get("value").getAsLong()));
  }

  private void awaitInForce() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (lab.tryWeir("", "status").code() != 0) {
      assertThat(System.nanoTime())
          .as("in force within a minute: %s", lab.tryWeir("", "status").told())
          .isLessThan(deadline);
      Thread.sleep(50);
    }
  }
}
