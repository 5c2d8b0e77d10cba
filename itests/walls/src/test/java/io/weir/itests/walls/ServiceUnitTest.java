package io.weir.itests.walls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unit file of systemd says what the engine counts on. */
class ServiceUnitTest {
  private static final Path UNIT =
      Path.of("../../karaf-distribution/src/main/resources/lib/systemd/weir@.service");
  private static final Path ANALYZE = Path.of("/usr/bin/systemd-analyze");

  @TempDir Path directory;

  @Test
  void should_say_what_the_engine_counts_on() throws IOException {
    assertThat(Files.readAllLines(UNIT))
        .contains(
            "ExecStart=/opt/weir/bin/weir run --node %i",
            "Type=notify",
            "FileDescriptorStoreMax=256",
            "Restart=on-failure",
            "SuccessExitStatus=143");
  }

  @Test
  void should_be_understood_by_systemd() throws Exception {
    assumeTrue(Files.isExecutable(ANALYZE), "no systemd-analyze here");
    Path unit = directory.resolve("weir@.service");
    Files.writeString(unit, Files.readString(UNIT).replace("/opt/weir/bin/weir", "/bin/true"));
    Process process =
        new ProcessBuilder(List.of(ANALYZE.toString(), "verify", "--man=no", unit.toString()))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    assertThat(said).doesNotContain(unit.getFileName().toString());
  }
}
