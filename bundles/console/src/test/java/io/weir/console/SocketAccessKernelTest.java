package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who reaches the socket, tried with the native client by users of all kinds. */
@NeedsRoot
@Timeout(60)
class SocketAccessKernelTest {
  private static final String GROUP = "users";
  private static final String STRANGER = "65534:65534";

  @TempDir Path directory;

  private final BlockingQueue<Caller> refused = new LinkedBlockingQueue<>();
  private Listener listener;
  private Path socket;

  @BeforeEach
  void listen() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.copy(Path.of("target/bin/weir"), directory.resolve("weir"));
    Files.createDirectories(directory.resolve("run"));
    Files.setPosixFilePermissions(
        directory.resolve("run"), PosixFilePermissions.fromString("rwxr-xr-x"));
    socket = directory.resolve("run/weir/n1/weir.sock");
    Files.createDirectories(
        socket.getParent(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    listener =
        Listener.open(
            socket,
            call ->
                new Thread(
                        () -> {
                          call.out().println(call.caller());
                          call.exit(0);
                        })
                    .start(),
            refused::add);
  }

  @AfterEach
  void close() {
    listener.close();
  }

  @Test
  void should_let_root_in_and_nobody_else_by_default() throws Exception {
    listener.access(Optional.empty());
    assertThat(weir("0:0", "--clear-groups")).startsWith("0 Caller[user=0, group=0, process=");
    assertThat(weir(STRANGER, "--groups=" + gid())).startsWith("1 ").contains("root");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void should_let_members_of_the_group_in_and_no_others() throws Exception {
    listener.access(SocketAccess.GROUP.value(GROUP, "test"));
    assertThat(weir(STRANGER, "--groups=" + gid()))
        .startsWith("0 Caller[user=65534, group=65534, process=")
        .endsWith("master=false]");
    assertThat(weir("65534:" + gid(), "--clear-groups")).startsWith("0 ");
    assertThat(weir(STRANGER, "--clear-groups")).startsWith("1 ").contains("Permission denied");
    assertThat(weir("0:0", "--clear-groups")).endsWith("master=true]");

    listener.access(Optional.empty());
    assertThat(weir(STRANGER, "--groups=" + gid())).as("taken away").startsWith("1 ");
  }

  @Test
  void should_look_at_who_has_come_in_though_the_modes_let_all() throws Exception {
    listener.access(Optional.empty());
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwxrwxrwx"));
    for (Path path = socket.getParent(); !path.equals(directory); path = path.getParent()) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    assertThat(weir(STRANGER, "--clear-groups"))
        .isEqualTo("1 weir: weir.sock: expected root, got user 65534");
    assertThat(refused.take().user()).isEqualTo(65534);
  }

  @Test
  void should_not_take_a_group_that_is_not_there() {
    assertThatThrownBy(() -> SocketAccess.GROUP.value("no-such-group", "etc/io.weir.cfg"))
        .hasMessage(
            "etc/io.weir.cfg: socket-group: expected the name of a group of this machine, or"
                + " nothing, got \"no-such-group\"");
  }

  private static String gid() throws IOException {
    return Files.readAllLines(Path.of("/etc/group")).stream()
        .filter(line -> line.startsWith(GROUP + ":"))
        .map(line -> line.split(":")[2])
        .findFirst()
        .orElseThrow();
  }

  /** Exit code and what is said, of a client with this user and group. */
  private String weir(String user, String groups) throws Exception {
    List<String> words = new ArrayList<>(List.of("setpriv"));
    words.add("--reuid=" + user.split(":")[0]);
    words.add("--regid=" + user.split(":")[1]);
    words.add(groups);
    words.addAll(List.of(directory.resolve("weir").toString(), "--node", "n1", "status"));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("WEIR_ROOT", directory.toString());
    builder.directory(directory.toFile());
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + " " + said.strip();
  }
}
