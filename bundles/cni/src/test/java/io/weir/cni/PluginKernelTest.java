package io.weir.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugin, with an engine that answers, is silent, comes late, or dies. */
@NeedsRoot
class PluginKernelTest {
  private static final Path PLUGIN = Path.of("target/bin/weir-cni").toAbsolutePath();
  private static final String CONF = "{\"cniVersion\":\"0.4.0\",\"name\":\"weir\",\"node\":\"n1\"}";
  private static final Duration BOUND = Duration.ofSeconds(2);

  /** Stands for /run/weir, in a mount namespace of the plugin's own. */
  @TempDir Path run;

  private record Said(int code, String out, String err, Duration took) {}

  @Test
  void should_hand_over_what_it_was_given_and_print_the_answer() throws Exception {
    FakeEngine.Answer echo =
        (call, connection) -> {
          connection.send(FakeEngine.OUT, "\n");
          connection.send(FakeEngine.ERR, call.verb());
          connection.send(
              FakeEngine.OUT,
              call.environment().get("CNI_ARGS") + "|" + call.environment().get("PATH") + "|");
          connection.send(FakeEngine.OUT, call.input());
          connection.exit(3);
        };
    try (FakeEngine engine = new FakeEngine(run, "n1", echo)) {
      Said said = plugin("ADD", CONF);
      assertThat(said.out()).isEqualTo("A=1;B=2|null|" + CONF);
      assertThat(said.err()).isEqualTo("cni");
      assertThat(said.code()).isEqualTo(3);
    }
  }

  @Test
  void should_ask_to_try_again_within_2_seconds_where_no_engine_is() throws Exception {
    Said said = plugin("ADD", CONF);
    assertThat(said.out())
        .isEqualTo(
            "{\"cniVersion\":\"0.4.0\",\"code\":11,\"msg\":\"no answer from the engine of node n1\"}\n");
    assertThat(said.code()).isEqualTo(1);
    assertThat(said.took()).isLessThan(BOUND);
    assertThat(plugin("CHECK", CONF).out()).contains("\"code\":11");
    assertThat(plugin("STATUS", CONF).out()).contains("\"code\":50");
  }

  @Test
  void should_ask_to_try_again_within_2_seconds_where_the_engine_hangs() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (FakeEngine engine = new FakeEngine(run, "n1", (call, connection) -> never.await())) {
      Said said = plugin("ADD", CONF);
      assertThat(said.out()).contains("\"code\":11");
      assertThat(said.took()).isLessThan(BOUND);
    }
  }

  /** The engine was killed; its socket is kept, with a queue for two callers. */
  @Test
  void should_take_a_place_in_the_queue_for_no_more_than_2_seconds() throws Exception {
    Path socket = Files.createDirectories(run.resolve("n1")).resolve("weir.sock");
    try (ServerSocketChannel kept = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      kept.bind(UnixDomainSocketAddress.of(socket), 1);
      for (int caller = 0; caller < 4; caller++) { // the last ones find it full
        Said said = plugin("ADD", CONF);
        assertThat(said.out()).contains("\"code\":11");
        assertThat(said.took()).isLessThan(BOUND);
      }
      assertThat(plugin("DEL", CONF).code()).isZero();
      assertThat(notes()).hasSize(1);
    }
  }

  @Test
  void should_wait_as_long_as_the_engine_shows_that_it_works() throws Exception {
    FakeEngine.Answer slow =
        (call, connection) -> {
          for (int i = 0; i < 9; i++) {
            connection.send(FakeEngine.OUT, "\n");
            Thread.sleep(300); // longer in all than the plugin stands silence
          }
          connection.send(FakeEngine.OUT, "{}");
          connection.exit(0);
        };
    try (FakeEngine engine = new FakeEngine(run, "n1", slow)) {
      Said said = plugin("ADD", CONF);
      assertThat(said.out()).isEqualTo("{}");
      assertThat(said.code()).isZero();
    }
  }

  @Test
  void should_say_at_once_that_the_engine_died_over_the_call() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    FakeEngine.Answer dying =
        (call, connection) -> {
          calls.incrementAndGet();
          connection.send(FakeEngine.OUT, "\n");
        };
    try (FakeEngine engine = new FakeEngine(run, "n1", dying)) {
      assertThat(plugin("ADD", CONF).out()).contains("\"code\":11");
      assertThat(calls).as("a call that was begun is not begun again").hasValue(1);
    }
  }

  @Test
  void should_try_again_until_the_handler_is_there() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    FakeEngine.Answer late =
        (call, connection) -> {
          if (calls.incrementAndGet() < 4) {
            connection.send(FakeEngine.ERR, "weir: no such command: cni\n");
            connection.exit(2);
          } else {
            connection.send(FakeEngine.OUT, "{}");
            connection.exit(0);
          }
        };
    try (FakeEngine engine = new FakeEngine(run, "n1", late)) {
      Said said = plugin("ADD", CONF);
      assertThat(said.out()).isEqualTo("{}");
      assertThat(said.code()).isZero();
    }
  }

  @Test
  void should_leave_a_note_of_DEL_where_no_engine_is() throws Exception {
    Said said = plugin("DEL", CONF);
    assertThat(said.out()).isEmpty();
    assertThat(said.code()).isZero();
    plugin("DEL", CONF);
    List<Path> notes = notes();
    assertThat(notes).extracting(Path::getFileName).hasToString("[4f1c:eth0]");
    DelNotes.Note note = DelNotes.parse(notes.get(0), Files.readAllBytes(notes.get(0)));
    assertThat(note.environment())
        .containsEntry("CNI_COMMAND", "DEL")
        .containsEntry("CNI_CONTAINERID", "4f1c")
        .containsEntry("CNI_IFNAME", "eth0");
    assertThat(note.configuration()).isEqualTo(CONF);
  }

  @Test
  void should_leave_no_note_of_a_DEL_that_the_engine_has_done() throws Exception {
    try (FakeEngine engine = new FakeEngine(run, "n1", (call, connection) -> connection.exit(0))) {
      assertThat(plugin("DEL", CONF).code()).isZero();
    }
    assertThat(run.resolve("n1/del")).doesNotExist();
  }

  @Test
  void should_know_its_versions_without_an_engine() throws Exception {
    assertThat(plugin("VERSION", "{\"cniVersion\":\"1.0.0\"}").out())
        .isEqualTo(CniVersion.json("1.0.0") + "\n");
  }

  @Test
  void should_find_the_node_by_field_variable_or_as_the_only_one() throws Exception {
    FakeEngine.Answer name = (call, connection) -> connection.exit(7);
    try (FakeEngine engine = new FakeEngine(run, "only", name)) {
      String conf = "{\"cniVersion\":\"1.0.0\",\"args\":{\"node\":\"no\"}}";
      assertThat(plugin("ADD", conf, Map.of()).out())
          .contains("no answer from the engine of node only");
      assertThat(plugin("ADD", conf, Map.of("WEIR_NODE", "other")).out()).contains("of node other");
      assertThat(plugin("ADD", "{\"node\":\"n1\"}", Map.of("WEIR_NODE", "other")).out())
          .contains("of node n1");
      Files.createDirectories(run.resolve("second"));
      Files.createFile(run.resolve("second/weir.sock"));
      assertThat(plugin("ADD", conf, Map.of()).out())
          .contains("no node is running here, or several are; name one by the field node");
    }
  }

  @Test
  void should_not_follow_a_name_out_of_its_directory() throws Exception {
    assertThat(plugin("DEL", "{\"node\":\"../x\"}").out()).contains("\"code\":7");
    assertThat(plugin("DEL", "{\"node\":\"n\\u0031\"}").out()).contains("\"code\":7");
    assertThat(plugin("DEL", CONF, Map.of("CNI_CONTAINERID", "../../x")).out())
        .contains("\"code\":4");
    assertThat(run.resolve("n1")).doesNotExist();
  }

  private List<Path> notes() throws IOException {
    try (Stream<Path> files = Files.list(run.resolve("n1/del"))) {
      return files.toList();
    }
  }

  private Said plugin(String command, String configuration) throws Exception {
    return plugin(command, configuration, Map.of());
  }

  private Said plugin(String command, String configuration, Map<String, String> more)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            "unshare",
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs none /run && mkdir /run/weir && mount --bind \"$0\" /run/weir && exec \"$1\"",
            run.toString(),
            PLUGIN.toString());
    Map<String, String> environment = new HashMap<>(more);
    environment.putIfAbsent("CNI_CONTAINERID", "4f1c");
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_IFNAME", "eth0");
    environment.put("CNI_NETNS", "/run/netns/none");
    environment.put("CNI_ARGS", "A=1;B=2");
    builder.environment().remove("WEIR_NODE");
    builder.environment().putAll(environment);
    long start = System.nanoTime();
    Process process = builder.start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(configuration.getBytes(UTF_8));
    }
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    int code = process.waitFor();
    return new Said(code, out, err, Duration.ofNanos(System.nanoTime() - start));
  }
}
