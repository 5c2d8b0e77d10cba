package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.weir.itests.testing.NeedsRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Flows of a running engine, as they happen. */
@NeedsRoot
@ExtendWith(SharedLab.class)
class FlowsLabKernelTest {
  private final Lab lab;

  FlowsLabKernelTest(Lab lab) {
    this.lab = lab;
  }

  @BeforeAll
  static void pods(Lab lab) {
    lab.apply(
        Yaml.namespace("seen")
            + Yaml.echo("seen", "server", "app: server")
            + Yaml.shell("seen", "client", "app: client"));
  }

  @Test
  void should_stream_what_happens_after_it_was_asked_for() throws Exception {
    String url = "http://" + lab.addresses("seen/server").get(0) + "/";
    Process following =
        Run.start(
            lab.environment(),
            List.of(Run.WEIR, "flows", "-f", "--pod", "seen/client", "-o", "json"));
    try (Asking asking = Asking.start(lab, "seen/client", url);
        BufferedReader lines = following.inputReader(StandardCharsets.UTF_8)) {
      String line = CompletableFuture.supplyAsync(() -> lineOf(lines)).get(30, TimeUnit.SECONDS);

      JsonObject flow = JsonParser.parseString(line).getAsJsonObject().getAsJsonObject("flow");
      assertThat(flow.getAsJsonObject("source").get("pod_name").getAsString()).isEqualTo("client");
      assertThat(flow.getAsJsonObject("destination").get("pod_name").getAsString())
          .isEqualTo("server");
      assertThat(flow.get("verdict").getAsString()).isEqualTo("FORWARDED");
      assertThat(following.isAlive()).as("it follows on").isTrue();
    } finally {
      following.destroy();
      assertThat(following.waitFor(10, TimeUnit.SECONDS)).as("it ends when told to").isTrue();
    }
  }

  @Test
  void should_say_why_packets_are_dropped_and_what_to_do() {
    String told = lab.weir("reasons", "133", "-o", "json");
    JsonObject reason = JsonParser.parseString(told).getAsJsonArray().get(0).getAsJsonObject();
    assertThat(reason.get("name").getAsString()).isEqualTo("POLICY_DENIED");
    assertThat(reason.get("what-to-do").getAsString()).contains("add a rule");
  }

  /** The first line that is of an opened flow: the source asks. */
  private static String lineOf(BufferedReader lines) {
    try {
      while (true) {
        String line = lines.readLine();
        if (line == null) {
          throw new AssertionError("the stream ended");
        }
        if (line.contains("\"is_reply\":false")) {
          return line;
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
