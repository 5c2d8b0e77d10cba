package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The table of flows of a running engine: shown, flushed, of another size, too full. */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FlowTableLabKernelTest {
  private static final String PORT = TalkingPods.PORT;

  private final Lab lab = new Lab("table");
  private TalkingPods pods;
  private String chatter;
  private String server;

  @BeforeAll
  void pods(@TempDir Path directory) throws IOException {
    lab.up();
    pods = new TalkingPods(lab, directory);
    chatter = pods.chatter;
    server = pods.server;
  }

  @AfterAll
  void down() {
    pods.close();
    lab.close();
  }

  @AfterEach
  void settings() {
    configure();
  }

  /** Settings other than the defaults. */
  private void configure(String... settings) {
    StringBuilder data = new StringBuilder();
    for (String setting : settings) {
      data.append("\n  ").append(setting);
    }
    lab.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: cilium-config, namespace: kube-system}
        data:
          debug: "false"%s
        """
            .formatted(data));
  }

  private int size() {
    return lab.rows("maps").stream()
        .filter(row -> row.get("map").getAsString().equals("flows4"))
        .findFirst()
        .orElseThrow()
        .get("most-entries")
        .getAsInt();
  }

  private void resize(int entries) throws InterruptedException {
    configure("flow-table-size-ipv4: \"" + entries + '"');
    Wait.until(entries + " entries", () -> size() == entries);
  }

  /** Flows to the server's port, as they are listed. */
  private List<JsonObject> listed(String... options) {
    List<String> words = new ArrayList<>(List.of("conntrack", "list", "-o", "json"));
    words.addAll(List.of(options));
    return lab.weir(words.toArray(String[]::new))
        .lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .filter(flow -> flow.getAsJsonObject("destination").get("port").getAsString().equals(PORT))
        .toList();
  }

  @Test
  void should_keep_a_connection_over_sizes_a_restart_and_flushes() throws Exception {
    Process trips = pods.start("client", chatter, "trips", server, PORT, "25000");
    Wait.until("the connection", () -> !listed("--pod", "client").isEmpty());

    JsonObject flow = listed("--pod", "default/client", "--to", server + ":" + PORT).get(0);
    assertThat(flow.get("verdict").getAsString()).isEqualTo("forwarded");
    assertThat(flow.get("state").getAsString()).isEqualTo("established");
    assertThat(flow.getAsJsonObject("source").get("pod").getAsString()).isEqualTo("default/client");
    assertThat(flow.getAsJsonObject("ingress").get("policy").getAsString())
        .isEqualTo("NetworkPolicy/default/only-client");
    assertThat(lab.weir("conntrack", "list", "--limit", "1").lines()).hasSize(2);

    resize(4096);
    resize(131_072 * 2);
    resize(256);
    long packets = listed().get(0).get("packets").getAsLong();
    assertThat(packets).as("counted on").isGreaterThanOrEqualTo(flow.get("packets").getAsLong());

    lab.lab("kill", "n1");
    lab.lab("start", "n1");
    lab.awaitInForce();
    assertThat(size()).as("after a restart").isEqualTo(256);

    assertThat(lab.weir("conntrack", "flush", "--to", server)).matches("flushed [1-9].*\n");
    // Whose packet came first in mid-stream is the one that initiated, from now on.
    Wait.until("it goes on", () -> lab.weir("conntrack", "list", "--pod", "client").contains(PORT));
    assertThat(lab.tryWeir("", "conntrack", "flush").code()).as("all, by accident").isEqualTo(2);
    assertThat(lab.weir("conntrack", "flush", "--yes")).startsWith("flushed ");

    assertThat(trips.inputReader(StandardCharsets.UTF_8).readLine()).matches("\\d+ \\d+ \\d+");
    assertThat(trips.waitFor()).isZero();
  }

  @Test
  void should_warn_of_a_table_that_is_too_small_and_say_who_fills_it() throws Exception {
    configure("flow-table-size-ipv4: \"512\"", "flow-collect-interval: \"1\"");
    Wait.until("512 entries", () -> size() == 512);
    Process many =
        pods.start(
            "client",
            "sh",
            "-c",
            "while \"$0\" talk " + server + " " + PORT + " 400 </dev/null; do :; done",
            chatter);
    Wait.until("a warning", () -> lab.tryWeir("", "status").out().contains("flow table IPv4"));
    assertThat(lab.tryWeir("", "status").code()).as("all is in force").isZero();
    Wait.until(
        "who it is",
        () ->
            lab.weir("status")
                .lines()
                .anyMatch(
                    line ->
                        line.contains("flow table IPv4")
                            && line.contains("most are of default/client ")
                            && line.contains("raise flow-table-size-ipv4")));
    TalkingPods.end(many);
    configure("flow-table-size-ipv4: \"131072\"", "flow-collect-interval: \"1\"");
    Wait.until("it is over", () -> !lab.weir("status").contains("flow table IPv4"));
  }
}
