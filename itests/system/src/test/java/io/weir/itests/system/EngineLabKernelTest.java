package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Engines start, stop, refuse to start, and leave the node. */
@NeedsRoot
@ExtendWith(SharedLab.class)
class EngineLabKernelTest {
  private final Lab shared;

  @TempDir Path directory;

  EngineLabKernelTest(Lab shared) {
    this.shared = shared;
  }

  @Test
  void should_refuse_a_second_engine_of_the_same_name() throws IOException {
    String engine = shared.engine();
    String process = Files.readString(Path.of("/run/weir", engine, "engine.lock")).strip();

    for (String verb : List.of("run", "start")) {
      Run.Ended ended = shared.tryWeir("", verb, "--node", engine);

      assertThat(ended.code()).as(ended.told()).isEqualTo(1);
      assertThat(ended.err().lines().findFirst())
          .hasValue(
              ("weir: engine %1$s runs already, as process %2$s; stop it with: weir stop --node"
                      + " %1$s, or choose another name by --node")
                  .formatted(engine, process));
    }
    assertThat(shared.tryWeir("", "status").code()).isZero();
  }

  @Test
  void should_refuse_a_socket_that_another_process_listens_on() throws IOException {
    Path socket = directory.resolve("run/weir/taken/weir.sock");
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(socket));

      Run.Ended ended = elsewhere("run", "--node", "taken");

      assertThat(ended.code()).isEqualTo(1);
      assertThat(ended.err())
          .isEqualTo(
              ("weir: %s: another process listens there, though no engine taken runs; end it, or"
                      + " choose another name by --node\n")
                  .formatted(socket));
    }
  }

  @Test
  void should_leave_a_file_alone_that_is_where_the_socket_belongs() throws IOException {
    Path file = directory.resolve("run/weir/taken/weir.sock");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "mine");

    Run.Ended ended = elsewhere("run", "--node", "taken");

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err())
        .isEqualTo(
            "weir: %s: expected a socket or nothing, got a file of another kind; move it away\n"
                .formatted(file));
    assertThat(file).hasContent("mine");
  }

  @Test
  void should_say_that_root_is_needed() throws IOException {
    Path program = Files.createTempFile("weir", "");
    try {
      Files.write(program, Files.readAllBytes(Path.of(Run.WEIR)));
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
      for (String verb : List.of("run", "start", "stop")) {
        Run.Ended ended =
            Run.run(
                Map.of(),
                "",
                List.of(
                    "setpriv",
                    "--reuid=65534",
                    "--regid=65534",
                    "--clear-groups",
                    program.toString(),
                    verb,
                    "--node",
                    "n"));

        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err())
            .isEqualTo(
                "weir: %s: expected root, which namespaces and eBPF need, got user 65534; run this as root\n"
                    .formatted(verb));
      }
    } finally {
      Files.delete(program);
    }
  }

  @Test
  void should_run_commands_in_the_containers_console() {
    Run.Ended ended = shared.tryWeir("weir:tables\nbundle:list\nexit\n", "shell");

    assertThat(ended.code()).as(ended.told()).isZero();
    assertThat(ended.out()).contains("endpoint-policies").contains("Weir :: datapath");
  }

  @Test
  void should_stop_while_traffic_goes_on_and_start_again_and_leave_the_node() {
    try (Lab lab = new Lab("leave")) {
      lab.up();
      lab.apply(
          Yaml.echo("default", "server", "app: server")
              + Yaml.shell("default", "client", "app: client")
              + Yaml.shell("default", "stranger", "app: stranger")
              + Yaml.ingress("default", "only-client", "app: server", "app: client"));
      String url = "http://" + lab.addresses("default/server").get(0) + "/";
      String engine = lab.engine();

      assertThat(lab.weir("stop", "--node", engine)).isEmpty();

      Run.Ended stopped = lab.tryWeir("", "status");
      assertThat(stopped.code()).isEqualTo(1);
      assertThat(stopped.err())
          .isEqualTo(
              ("weir: engine %1$s does not run: /run/weir/%1$s/weir.sock: No such file or"
                      + " directory; start it with: weir start --node %1$s\n")
                  .formatted(engine));
      assertThat(lab.tryWeir("", "stop", "--node", engine).err())
          .isEqualTo("weir: engine %s does not run\n".formatted(engine));
      assertThat(lab.reaches("client", url)).isTrue();
      assertThat(lab.reaches("stranger", url)).isFalse();

      assertThat(lab.on("n1", "weir", "start", "--node", engine))
          .matches("engine %s: all is in force, after \\d+\\.\\d s\n".formatted(engine));
      assertThat(lab.reaches("client", url)).isTrue();
      assertThat(lab.reaches("stranger", url)).isFalse();

      Run.Ended refused = lab.tryWeir("no\n", "uninstall");
      assertThat(refused.code()).as(refused.told()).isEqualTo(1);
      assertThat(refused.err())
          .isEqualTo("uninstall: expected yes, got another answer; nothing was taken away\n");
      assertThat(lab.reaches("client", url)).isTrue();

      lab.weir("uninstall", "--yes");
      assertThat(Path.of("/sys/fs/bpf/weir", engine)).doesNotExist();
      assertThat(lab.on("n1", "nft", "list", "ruleset")).isEmpty();
      assertThat(lab.tryOn("n1", "ip", "link", "show", "weir_host").code()).isNotZero();
      assertThat(lab.tryOn("n1", "tc", "filter", "show", "dev", "uplink").out()).isEmpty();
      lab.weir("stop", "--node", engine);
    }
  }

  /** An engine's files below a directory of the test's own. */
  private Run.Ended elsewhere(String... words) {
    List<String> all = new ArrayList<>(List.of(Run.WEIR));
    all.addAll(Arrays.asList(words));
    return Run.run(Map.of("WEIR_ROOT", directory.toString()), "", all);
  }
}
