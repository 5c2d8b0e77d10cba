package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.itests.testing.NeedsRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The manifests of Cilium's tutorial, as they are. */
@NeedsRoot
class StarWarsLabKernelTest {
  private static final Path ORIGINALS = Path.of(System.getProperty("weir.data"), "starwars");
  private static final String LANDING =
      "http://deathstar.default.svc.cluster.local/v1/request-landing";

  @Test
  void should_run_the_originals() {
    assumeTrue(Files.isDirectory(ORIGINALS), "the originals are not in " + ORIGINALS);
    try (Lab lab = new Lab("star")) {
      lab.up();
      lab.lab("apply", "-f", ORIGINALS.resolve("http-sw-app.yaml").toString());
      assertThat(land(lab, "tiefighter").out()).isEqualTo("Ship landed\n");
      assertThat(land(lab, "xwing").out()).isEqualTo("Ship landed\n");

      lab.lab("apply", "-f", ORIGINALS.resolve("sw_l3_l4_policy.yaml").toString());

      assertThat(land(lab, "tiefighter").out()).isEqualTo("Ship landed\n");
      assertThat(land(lab, "xwing").code()).isEqualTo(28);
      assertThat(lab.exec("tiefighter", "curl", "-s", "http://deathstar/v1/"))
          .contains("\"name\": \"Death Star\"");
      assertThat(
              lab.exec("tiefighter", "curl", "-s", "-X", "PUT", "http://deathstar/v1/exhaust-port"))
          .startsWith("Panic: deathstar exploded");
      assertThat(
              lab.weir("flows", "--pod", "xwing", "--verdict", "dropped", "--last", "1")
                  .toLowerCase())
          .containsPattern("xwing.*deathstar.*:80.*dropped.*policy denied");

      Run.Ended l7 =
          lab.tryLab("apply", "-f", ORIGINALS.resolve("sw_l3_l4_l7_policy.yaml").toString());
      assertThat(l7.code()).as("a policy that cannot be enforced yet is refused").isNotZero();
      assertThat(l7.err()).contains("rules");
      assertThat(land(lab, "tiefighter").out()).isEqualTo("Ship landed\n");
      assertThat(land(lab, "xwing").code()).isEqualTo(28);
    }
  }

  private static Run.Ended land(Lab lab, String ship) {
    return lab.tryExec(ship, "curl", "-sS", "--max-time", "2", "-X", "POST", LANDING);
  }
}
