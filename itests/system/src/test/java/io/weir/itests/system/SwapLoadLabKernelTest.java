package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.weir.itests.testing.NeedsRoot;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bundles are swapped, restarted and installed anew under load, and nobody notices. */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SwapLoadLabKernelTest {
  private final Lab lab = new Lab("swapload");
  private LoadedNode node;
  private Path directory;

  @BeforeAll
  void pods(@TempDir Path files) throws Exception {
    directory = files;
    lab.up();
    node = new LoadedNode(lab, directory);
  }

  @AfterAll
  void down() {
    node.close();
    lab.close();
  }

  @ParameterizedTest
  @MethodSource("io.weir.itests.system.OwnBundles#all")
  void should_lose_nothing_when_a_bundle_is_swapped(String bundle) throws Exception {
    node.assertNothingLost(
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
  @MethodSource("io.weir.itests.system.OwnBundles#all")
  void should_lose_nothing_when_a_bundle_is_stopped_and_started(String bundle) throws Exception {
    node.assertNothingLost(
        bundle,
        () -> {
          if (bundle.equals("console")) { // which would have to start itself
            lab.weir("bundle", "restart", bundle);
          } else {
            lab.weir("bundle", "stop", bundle);
            lab.weir("bundle", "start", bundle);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("io.weir.itests.system.OwnBundles#controllers")
  void should_lose_nothing_when_a_bundle_is_uninstalled_and_installed_again(String bundle)
      throws Exception {
    node.assertNothingLost(
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

  /** By another bundle: the shell would go with them that is to install them again. */
  @ParameterizedTest
  @MethodSource("io.weir.itests.system.OwnBundles#ground")
  void should_lose_nothing_when_what_others_stand_on_is_uninstalled_and_installed_again(
      String bundle) throws Exception {
    Path end = directory.resolve(bundle + ".end");
    Path jar =
        Jar.activated(
            directory.resolve(bundle + ".jar"),
            Reinstaller.class,
            Map.of(
                Reinstaller.BUNDLE, "io.weir." + bundle,
                Reinstaller.JAR, Jar.own(bundle).toUri().toString(),
                Reinstaller.END, end.toString()));
    node.assertNothingLost(
        bundle,
        () -> {
          node.container("bundle:install -s " + jar.toUri());
          Wait.until("it is there again", () -> Reinstaller.isDone(end));
        });
    node.container("bundle:uninstall Reinstaller");
  }

  @ParameterizedTest
  @MethodSource("io.weir.itests.system.OwnBundles#controllers")
  void should_lose_nothing_when_the_container_updates_a_bundle(String bundle) throws Exception {
    node.assertNothingLost(bundle, () -> node.container("bundle:update io.weir." + bundle));
  }

  private String level(String name) {
    String told = lab.tryWeir("bundle:start-level " + name + "\nexit\n", "shell").out();
    return told.replaceAll("(?s).*[Ll]evel[^0-9]*(\\d+).*", "$1");
  }
}
