package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.console.sysdump.Sysdump;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code weir sysdump} of a node whose engine does not run. */
@NeedsRoot
@Timeout(120)
class EngineAwayKernelTest {
  private static final String PLANTED = "hunter2hunter2";
  private static final String REAL_JAVA =
      "exec " + System.getProperty("java.home") + "/bin/java \"$@\"";

  @TempDir Path directory;

  @Test
  void should_write_what_can_be_had_without_an_engine_and_no_secret() throws Exception {
    try (FakeNode node = new FakeNode(directory, REAL_JAVA)) {
      Path home = directory.resolve("home");
      link(home.resolve("console"), Sysdump.class);
      link(home.resolve("api"), Problem.class);
      Files.writeString(home.resolve("lib/sysdump.classpath"), "console\napi\n");
      Files.writeString(home.resolve("lib/lab.options"), "-Xmx256m\n");
      Path base = directory.resolve("var/lib/weir/held");
      write(base.resolve("etc/io.weir.cfg"), "mtu = 1400\napi-token = " + PLANTED + "\n");
      write(base.resolve("data/log/weir.log"), "password=" + PLANTED + "\nthe last line\n");
      Path file = directory.resolve("dump.tar.gz");

      Process sysdump = node.weir("sysdump", file.toString());
      int code = sysdump.waitFor();
      String said = Files.readString(directory.resolve("sysdump.log"));
      assertThat(code).as("parts lack\n" + said).isEqualTo(1);
      assertThat(said)
          .contains("engine held does not run")
          .contains("dump.tar.gz: ")
          .contains("tables: engine held: expected one that runs, got none");
      String held = tar("-xzOf", file.toString());
      assertThat(held).contains("mtu = 1400", "the last line", "MemTotal").doesNotContain(PLANTED);

      assertThat(node.weir("sysdump", file.toString()).waitFor()).isEqualTo(1);
      assertThat(Files.readString(directory.resolve("sysdump.log")))
          .contains("a name that is free");
    }
  }

  private static void link(Path link, Class<?> of) throws Exception {
    Files.createSymbolicLink(
        link, Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI()));
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private static String tar(String... words) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of("tar"));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    assertThat(process.waitFor()).isZero();
    return out;
  }
}
