package io.weir.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.weir.cni.CniFuzzTest.Input;
import io.weir.itests.testing.Commands;
import io.weir.itests.testing.Fuzz;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The plugin, built with checks of its memory, with damaged calls and no engine: it answers in JSON
 * or with nothing, and never ends by a signal.
 */
@NeedsRoot
class PluginFuzzKernelTest {
  /** At once: one of them may have to wait for an engine for as long as ADD does. */
  private static final int CALLS = 24;

  private static final int LONGEST_SECONDS = 8;
  private static final int FIRST_SIGNAL = 128;
  private static final Map<String, String> CHECKS =
      Map.of(
          "ASAN_OPTIONS", "abort_on_error=1:detect_leaks=0",
          "UBSAN_OPTIONS", "halt_on_error=1:abort_on_error=1");

  @TempDir static Path built;

  /** Stands for /run/weir, in a mount namespace of the plugin's own. */
  @TempDir Path run;

  private record Started(Process process, Path out, Path err) {}

  @BeforeAll
  static void build() {
    Commands.run(
        "gcc",
        "-fsanitize=address,undefined",
        "-O1",
        "-g",
        "-std=gnu11",
        "-o",
        built.resolve("weir-cni").toString(),
        "src/main/c/weir-cni.c");
  }

  @Test
  void should_never_end_by_a_signal() {
    Fuzz.run(fuzz -> Stream.generate(() -> Input.of(fuzz)).limit(CALLS).toList(), this::checkAll);
  }

  private void checkAll(List<Input> inputs) throws Exception {
    List<Started> all = new ArrayList<>();
    for (Input input : inputs) {
      all.add(start(input, all.size()));
    }
    for (int i = 0; i < all.size(); i++) {
      check(inputs.get(i), all.get(i));
    }
  }

  private Started start(Input input, int number) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            "unshare",
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs none /run && mkdir /run/weir && mount --bind \"$0\" /run/weir && exec \"$1\"",
            run.toString(),
            built.resolve("weir-cni").toString());
    builder.environment().remove("WEIR_NODE");
    builder.environment().putAll(CHECKS);
    input
        .environment()
        .forEach((key, value) -> builder.environment().put(key, value.replace("\0", "")));
    Path out = built.resolve("out" + number);
    Path err = built.resolve("err" + number);
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.text().getBytes(UTF_8));
    } catch (IOException e) {
      assertThat(e).as("it may end before it has read all").hasMessageContaining("Broken pipe");
    }
    return new Started(process, out, err);
  }

  private static void check(Input input, Started started) throws Exception {
    boolean ended = started.process().waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      started.process().destroyForcibly();
    }
    String err = Files.readString(started.err());
    assertThat(ended).as("it ends: %s", input).isTrue();
    assertThat(started.process().exitValue()).as("%s%n%s", err, input).isLessThan(FIRST_SIGNAL);
    String out = Files.readString(started.out());
    if (!out.isEmpty()) {
      assertThat(JsonParser.parseString(out).isJsonObject()).as(out).isTrue();
    }
  }
}
