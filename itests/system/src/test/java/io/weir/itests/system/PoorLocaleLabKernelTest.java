package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A running engine, started by someone whose locale is poor: where it listens, what it can read.
 */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PoorLocaleLabKernelTest {
  private static final Map<String, String> POOR = Map.of("LC_ALL", "C", "LANG", "tr_TR");

  private final Lab lab = new Lab("poor");

  @TempDir Path directory;

  @BeforeAll
  void up() {
    Lab.must(weir("lab", "up"));
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @Test
  void should_listen_on_its_socket_and_nowhere_else() throws Exception {
    String socket = "/run/weir/" + lab.engine() + "/weir.sock";
    assertThat(lab.on("n1", "ss", "-H", "-l", "-x")).as("the control").contains(socket);
    assertThat(lab.on("n1", "ss", "-H", "-l", "-n", "-t", "-u", "-w")).isEmpty();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(Path.of(socket).getParent())))
        .isEqualTo("rwx------");
  }

  /** The test's own JVM may not be able to name such a file: a shell makes it. */
  @Test
  void should_read_any_letters_in_names_and_texts_whatever_the_locale() {
    String yaml =
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: letters, annotations: {greeting: Grüße İıİ 日本}}
        """;
    String file = directory + "/Grüße-日本.yaml";
    Lab.must(
        Run.run(POOR, yaml, List.of("sh", "-c", "cat >\"$(printf '%b' \"$0\")\"", octal(file))));
    Lab.must(
        Run.run(
            environment(),
            "",
            List.of(
                "sh",
                "-c",
                "exec \"$0\" apply -f \"$(printf '%b' \"$1\")\"",
                Run.WEIR,
                octal(file))));
    assertThat(weir("get", "namespace", "letters", "-o", "yaml").out()).contains("Grüße İıİ 日本");
  }

  /** As {@code printf %b} of a shell takes it. */
  private static String octal(String text) {
    StringBuilder octal = new StringBuilder();
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      octal.append("\\0").append(Integer.toOctalString(one & 0xff));
    }
    return octal.toString();
  }

  private Run.Ended weir(String... words) {
    List<String> all = new ArrayList<>(List.of(Run.WEIR));
    all.addAll(List.of(words));
    return Run.run(environment(), "", all);
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(lab.environment());
    environment.putAll(POOR);
    return environment;
  }
}
