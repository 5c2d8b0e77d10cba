package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A node of the ordinary distribution goes on with the appliance's: the same pods, the same state,
 * less memory.
 */
@NeedsRoot
class ApplianceLabKernelTest {
  private static final Path HOME = Run.ROOT.resolve("karaf-distribution/target/weir-appliance");
  private static final long MOST_BYTES = 35_000_000;
  private static final long MOST_RESIDENT_KILOBYTES = 150_000;

  private static final Lab LAB = new Lab("app");
  private static long ordinaryKilobytes;
  private static long applianceKilobytes;

  @BeforeAll
  static void replace() throws IOException {
    LAB.up();
    LAB.apply(
        Yaml.echo("default", "server", "app: server")
            + Yaml.shell("default", "client", "app: client")
            + Yaml.shell("default", "stranger", "app: stranger")
            + Yaml.ingress("default", "only-client", "app: server", "app: client"));
    LAB.weir("stop", "--node", LAB.engine());
    ordinaryKilobytes = start(Run.HOME);
    LAB.weir("stop", "--node", LAB.engine());
    applianceKilobytes = start(HOME);
  }

  @AfterAll
  static void down() {
    LAB.close();
  }

  @Test
  void should_take_less_memory_than_an_ordinary_node() {
    assertThat(applianceKilobytes)
        .as("resident, where an ordinary node has %d kB", ordinaryKilobytes)
        .isLessThan(ordinaryKilobytes)
        .isLessThan(MOST_RESIDENT_KILOBYTES);
  }

  @Test
  void should_fit_on_a_small_disk() throws IOException {
    try (Stream<Path> files = Files.walk(HOME)) {
      assertThat(files.filter(Files::isRegularFile).mapToLong(ApplianceLabKernelTest::size).sum())
          .isPositive()
          .isLessThan(MOST_BYTES);
    }
  }

  @Test
  void should_list_the_licences_of_what_it_ships_and_nothing_else() throws IOException {
    try (Stream<Path> files = Files.walk(HOME);
        Stream<String> lines = Files.lines(HOME.resolve("THIRD-PARTY.txt"))) {
      assertThat(lines.map(line -> line.split(" ", 2)[0] + ".jar"))
          .containsExactlyInAnyOrderElementsOf(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.endsWith(".jar") && !name.startsWith("io.weir."))
                  .distinct()
                  .toList());
    }
    assertThat(HOME.resolve("etc/users.properties")).doesNotExist();
  }

  @Test
  void should_enforce_policy_for_pods_that_were_there_and_for_new_ones() {
    String url = "http://" + LAB.addresses("default/server").get(0) + "/";
    assertThat(LAB.reaches("client", url)).isTrue();
    assertThat(LAB.reaches("stranger", url)).isFalse();

    LAB.apply(
        Yaml.shell("default", "late", "app: client")
            + Yaml.shell("default", "later", "app: stranger"));

    assertThat(LAB.reaches("late", url)).isTrue();
    assertThat(LAB.reaches("later", url)).isFalse();
    assertThat(LAB.weir("flows", "--verdict", "dropped", "--last", "20")).contains("default/later");
  }

  @Test
  void should_have_no_shell_unless_asked() {
    Run.Ended refused = LAB.tryWeir("shell:echo here\nexit\n", "shell");
    assertThat(refused.code()).as(refused.told()).isEqualTo(1);
    assertThat(refused.err())
        .isEqualTo(
            "shell: expected a node where it is wanted, got enable-shell=false; weir config set"
                + " enable-shell=true\n");

    LAB.weir("config", "set", "enable-shell=true");
    Run.Ended asked = LAB.tryWeir("shell:echo here | shell:grep he\nweir:tables\nexit\n", "shell");
    assertThat(asked.code()).as(asked.told()).isZero();
    assertThat(asked.out()).contains("endpoint-policies").doesNotContain("Command not found");

    LAB.weir("config", "unset", "enable-shell");
    assertThat(LAB.tryWeir("exit\n", "shell").code()).isEqualTo(1);
  }

  @Test
  void should_ask_for_a_url_where_the_first_jar_of_a_bundle_cannot_be_had() {
    Run.Ended ended = LAB.tryWeir("", "bundle", "update", "policy");

    assertThat(ended.code()).as(ended.told()).isEqualTo(1);
    assertThat(ended.err())
        .contains("expected the jar that io.weir.policy was installed from, got ")
        .endsWith("the one that was there goes on; say by a URL where its jar is\n");
    assertThat(LAB.tryWeir("", "status").code()).isZero();
  }

  /** Starts the node by the client of that distribution; what is resident when all is in force. */
  private static long start(Path home) throws IOException {
    // The operator's from the first start on, so that the other distribution's is to be taken.
    Files.copy(
        home.resolve("etc/jvm.options"),
        Path.of("/var/lib/weir", LAB.engine(), "etc/jvm.options"),
        StandardCopyOption.REPLACE_EXISTING);
    LAB.on("n1", "env", "WEIR_HOME=" + home, "weir", "start", "--node", LAB.engine());
    LAB.weir("status");
    return LAB.resident();
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
