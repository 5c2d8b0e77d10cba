package io.weir.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Problem;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@NeedsRoot
class NamespaceKernelTest {
  private final Linux linux = Linux.open();
  private final TestNetns inside = TestNetns.create("linux");

  @AfterEach
  void close() {
    inside.close();
    linux.close();
  }

  @Test
  void should_open_sockets_that_stay_in_the_namespace() throws IOException {
    Namespaces namespaces = linux.namespaces();
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    try (ServerSocket server =
        namespaces.call(inside.path(), () -> new ServerSocket(0, 1, loopback))) {
      assertThatThrownBy(() -> new Socket(loopback, server.getLocalPort()).close())
          .isInstanceOf(IOException.class);
      namespaces.call(inside.path(), () -> new Socket(loopback, server.getLocalPort())).close();
    }
  }

  @Test
  void should_hold_no_class_loader_by_the_thread_inside() {
    assertThat(Thread.currentThread().getContextClassLoader()).isNotNull();
    assertThat(
            linux
                .namespaces()
                .call(inside.path(), () -> Thread.currentThread().getContextClassLoader() == null))
        .isTrue();
  }

  @Test
  void should_tell_namespaces_apart_by_cookie() throws IOException {
    Namespaces namespaces = linux.namespaces();
    long cookie = namespaces.cookie(inside.path());
    assertThat(cookie).isPositive().isNotEqualTo(namespaces.cookie());
    assertThat(namespaces.cookie(inside.path())).isEqualTo(cookie);
    Process sleeper = inside.start("sleep", "60");
    try {
      sleeper.getInputStream().close();
      // nsenter becomes sleep once it is inside.
      while (!Files.readString(Path.of("/proc", sleeper.pid() + "", "comm")).equals("sleep\n")) {
        Thread.onSpinWait();
      }
      assertThat(namespaces.cookie(namespaces.ofProcess(sleeper.pid()))).isEqualTo(cookie);
    } finally {
      sleeper.destroyForcibly();
    }
  }

  @Test
  void should_pass_on_what_goes_wrong_inside() {
    assertThatThrownBy(
            () ->
                linux
                    .namespaces()
                    .call(
                        inside.path(),
                        () -> {
                          throw Problem.of("here", "there").asException();
                        }))
        .hasMessage("here: there");
    assertThatThrownBy(() -> linux.namespaces().call(Path.of("/dev/null"), () -> 1))
        .hasMessage("/dev/null: expected a network namespace, got Invalid argument");
  }

  @Test
  void should_read_the_whole_of_a_sysctl() {
    String range = linux.sysctls().read(inside.path(), "net/ipv4/ip_local_port_range");
    assertThat(range).matches("\\d{4,5}\\s+\\d{5}");
  }

  @Test
  void should_write_sysctls_of_a_namespace_only() {
    Sysctls sysctls = linux.sysctls();
    String name = "net/ipv4/conf/lo/arp_announce";
    String before = sysctls.read(name);
    sysctls.write(inside.path(), name, "2");
    assertThat(sysctls.read(inside.path(), name)).isEqualTo("2");
    assertThat(sysctls.read(name)).isEqualTo(before);
    assertThatThrownBy(() -> sysctls.read("net/none"))
        .hasMessage("/proc/sys/net/none: no such file");
    assertThatThrownBy(() -> sysctls.write(inside.path(), name, "many"))
        .hasMessage("/proc/sys/net/ipv4/conf/lo/arp_announce: many: Invalid argument");
  }

  @Test
  void should_apply_nft_scripts_in_a_namespace() {
    Nft nft = linux.nft();
    linux
        .namespaces()
        .call(
            inside.path(),
            () -> {
              assertThat(nft.list("inet weir_test")).isEmpty();
              nft.apply("table inet weir_test {\n chain c {\n tcp dport 80 drop\n }\n}\n");
              assertThat(nft.list("inet weir_test").orElseThrow()).contains("tcp dport 80 drop");
              assertThatThrownBy(() -> nft.apply("table inet x {\n nonsense\n}\n"))
                  .hasMessageStartingWith("nft: expected a script that it takes, got ")
                  .hasMessageContaining("nonsense");
              return null;
            });
    assertThat(nft.list("inet weir_test")).isEmpty();
  }

  @Test
  @NeedsKernel("cgroup2")
  void should_make_join_and_remove_cgroups() throws IOException {
    Cgroups cgroups = linux.cgroups();
    String name = "linux-test-" + ProcessHandle.current().pid();
    Path made = cgroups.make(name + "/inner");
    Process sleeper = new ProcessBuilder("sleep", "60").start();
    try {
      cgroups.join(made, sleeper.pid());
      assertThat(Files.readString(Path.of("/proc", sleeper.pid() + "", "cgroup")))
          .contains("0::/" + name + "/inner");
      assertThat(cgroups.id(made)).isPositive();
      assertThatThrownBy(() -> cgroups.remove(made))
          .hasMessage(made + ": expected a cgroup without processes, got Device or resource busy");
    } finally {
      sleeper.destroyForcibly().onExit().join();
    }
    // The process is gone before its parent is told, its place in the cgroup a little later.
    while (!Files.readString(made.resolve("cgroup.procs")).isEmpty()) {
      Thread.onSpinWait();
    }
    assertThat(cgroups.remove(made)).isTrue();
    assertThat(cgroups.remove(made.getParent())).isTrue();
    assertThat(cgroups.remove(made.getParent())).isFalse();
  }
}
