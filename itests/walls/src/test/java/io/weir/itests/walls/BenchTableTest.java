package io.weir.itests.walls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code make bench} fails where a figure misses what is required of it. */
class BenchTableTest {
  private static final Path ROOT = Path.of("../..");
  private static final String ROW =
      "{\"name\": \"a\", \"value\": 3, \"unit\": \"ns\", \"baseline\": 2, \"ratio\": %s,"
          + " \"required\": \"<= 2.0\"}\n";

  @TempDir Path directory;

  @Test
  void should_fail_where_a_ratio_misses_what_is_required() throws Exception {
    assertThat(exitCode(ROW.formatted("1.9") + ROW.formatted("2.1"), "")).isEqualTo(1);
  }

  @Test
  void should_pass_where_all_ratios_hold_and_fail_without_any() throws Exception {
    assertThat(exitCode(ROW.formatted("1.9"), "")).isZero();
    assertThat(exitCode("", "")).isEqualTo(1);
  }

  @Test
  void should_ask_a_short_run_for_its_rows_only() throws Exception {
    assertThat(exitCode(ROW.formatted("2.1"), "short")).isZero();
  }

  private int exitCode(String rows, String bench) throws Exception {
    Path file = Files.writeString(directory.resolve("bench.jsonl"), rows);
    ProcessBuilder builder =
        new ProcessBuilder(List.of("java", "itests/bench/Table.java", file.toString()))
            .directory(ROOT.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("BENCH", bench);
    return builder.start().waitFor();
  }
}
