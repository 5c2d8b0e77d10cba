package io.weir.itests.walls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is missing on the machine is named, with the package that has it. */
class BuildSentencesTest {
  private static final Path ROOT = Path.of("../..");

  @TempDir Path out;

  @Test
  void should_name_the_package_of_a_compiler_that_is_missing() throws Exception {
    assertThat(say(Map.of("CLANG", "clang-none"), "bpf/build", out.toString()))
        .isEqualTo(
            "bpf: expected clang-none, which is not on this machine; install the Debian package"
                + " clang-19 (make deps does)\n");
  }

  @Test
  void should_name_what_deps_takes() throws Exception {
    assertThat(say(Map.of(), "itests/tools/deps", "all")).isEqualTo("usage: deps run|test\n");
  }

  /** What a script says on its error output when it refuses. */
  private static String say(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(List.of(command)).directory(ROOT.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("exit code").isNotZero();
    return said;
  }
}
