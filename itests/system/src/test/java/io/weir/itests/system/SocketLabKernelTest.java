package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The socket of a running engine: who reaches it, and that it stays while all of Java restarts. */
@NeedsRoot
class SocketLabKernelTest {
  private static final int CALLERS = 20;
  private static final int CHANGERS = 2;
  private static Lab shared;

  @TempDir Path directory;

  @BeforeAll
  static void up() {
    shared = new Lab("sock");
    shared.up();
  }

  @AfterAll
  static void down() {
    shared.close();
  }

  @Test
  void should_let_a_group_in_at_run_time_and_record_what_it_does() throws Exception {
    assertThat(asMember("tables").code()).as("before").isEqualTo(1);
    Run.Ended unknown = shared.tryWeir("", "config", "set", "socket-group=no-such-group");
    assertThat(unknown.code()).as(unknown.told()).isEqualTo(1);
    assertThat(unknown.err()).contains("expected the name of a group of this machine, or nothing");

    shared.weir("config", "set", "socket-group=users");
    awaitLetIn();
    Run.Ended dump = asMember("sysdump");
    assertThat(dump.code()).as(dump.told()).isEqualTo(1);
    Run.Ended mtu = asMember("config", "set", "mtu=1400");
    assertThat(mtu.code()).as(mtu.told()).isZero();
    shared.weir("config", "unset", "mtu");

    shared.weir("config", "unset", "socket-group");
    awaitRefused(); // settings reach bundles by a loop of their own

    List<String> recorded = new ArrayList<>();
    for (JsonObject row : shared.rows("audit", "-n", "6")) {
      recorded.add(
          row.get("user").getAsString()
              + " "
              + row.get("command").getAsString()
              + ": "
              + row.get("result").getAsString());
    }
    assertThat(recorded)
        .containsExactly(
            "root config set socket-group=no-such-group: exit 1",
            "root config set socket-group=users: exit 0",
            "nobody sysdump: exit 1",
            "nobody config set mtu=1400: exit 0",
            "root config unset mtu: exit 0",
            "root config unset socket-group: exit 0");
    Path log = Path.of("/var/lib/weir", shared.engine(), "data/log/audit.log");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
        .isEqualTo("rw-------");
  }

  @Test
  void should_refuse_no_caller_while_all_of_java_restarts() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CALLERS + 1);
    try {
      CompletableFuture<Run.Ended> restart =
          CompletableFuture.supplyAsync(
              () -> shared.tryWeir("bundle:refresh io.weir.api\n", "shell"), threads);
      List<CompletableFuture<Void>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(CompletableFuture.runAsync(() -> callUntil(restart), threads));
      }
      callers.forEach(CompletableFuture::join);
      shared.awaitInForce();
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void should_cut_no_change_while_bundles_are_replaced() {
    ExecutorService threads = Executors.newFixedThreadPool(CHANGERS + 2);
    try {
      CompletableFuture<Void> swaps =
          CompletableFuture.runAsync(SocketLabKernelTest::replaceSome, threads);
      List<CompletableFuture<Void>> changers = new ArrayList<>();
      changers.add(CompletableFuture.runAsync(() -> setUntil(swaps), threads));
      for (int i = 0; i < CHANGERS; i++) {
        String yaml = Yaml.service("default", "of-" + i, "app: server");
        changers.add(CompletableFuture.runAsync(() -> applyUntil(swaps, yaml), threads));
      }
      changers.forEach(CompletableFuture::join);
      swaps.join();
    } finally {
      threads.shutdownNow();
    }
  }

  private static void replaceSome() {
    for (String bundle : List.of("api", "manifests", "state", "linux", "console")) {
      shared.weir("swap", bundle, Jar.own(bundle).toString(), "--watch", "0");
    }
    shared.weir("bundle", "restart", "manifests");
    shared.weir("bundle", "restart", "state");
  }

  private static void applyUntil(CompletableFuture<?> done, String yaml) {
    do {
      Run.Ended ended = shared.tryWeir(yaml, "apply", "-f", "-");
      assertThat(ended.code()).as(ended.told()).isZero();
    } while (!done.isDone());
  }

  /** Each after the first takes seconds: the file of settings is left alone for so long. */
  private static void setUntil(CompletableFuture<?> done) {
    int mtu = 1400;
    do {
      Run.Ended ended = shared.tryWeir("", "config", "set", "mtu=" + mtu++);
      assertThat(ended.code()).as(ended.told()).isZero();
    } while (!done.isDone());
    shared.weir("config", "unset", "mtu");
  }

  private void awaitLetIn() {
    Wait.until("let in", () -> asMember("tables").code() == 0);
  }

  private void awaitRefused() {
    Wait.until("refused", () -> asMember("tables").code() != 0);
  }

  private static void callUntil(CompletableFuture<?> done) {
    boolean last;
    do {
      last = done.isDone();
      Run.Ended ended = shared.tryWeir("", "tables");
      assertThat(ended.code()).as(ended.told()).isZero();
      assertThat(ended.err()).isEmpty();
    } while (!last);
  }

  /** A user who is in the group, with a client of his own: he need not reach the distribution. */
  private Run.Ended asMember(String... words) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path client = directory.resolve("weir");
    if (!Files.exists(client)) {
      Files.copy(Path.of(Run.WEIR), client);
    }
    List<String> all =
        new ArrayList<>(List.of("setpriv", "--reuid=65534", "--regid=65534", "--groups=" + gid()));
    all.addAll(List.of(client.toString(), "--node", shared.engine()));
    all.addAll(List.of(words));
    return Run.run(Map.of(), "", all);
  }

  private static String gid() throws IOException {
    return Files.readAllLines(Path.of("/etc/group")).stream()
        .filter(line -> line.startsWith("users:"))
        .map(line -> line.split(":")[2])
        .findFirst()
        .orElseThrow();
  }
}
