package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.NeedsRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The engine is killed at random moments while pods, policies and services come and go. The moments
 * are repeated by {@code -Dweir.seed}, as far as a machine can repeat them; {@code -Dweir.kills}
 * says how many there are.
 */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrashLabKernelTest {
  private static final int KILLS = Integer.getInteger("weir.kills", 20);
  private static final long SEED = Long.getLong("weir.seed", System.nanoTime());
  private static final int LONGEST_MS = 2_500;
  private static final String CONNECTIONS = "20";

  /** So many connections under load are tried without, and again with the next engine. */
  private static final int UNDISTURBED = 100;

  private final Lab lab = new Lab("crash");
  private TalkingPods pods;
  private Load.Pods loaded;

  @BeforeAll
  void pods(@TempDir Path directory) throws IOException {
    lab.up();
    pods = new TalkingPods(lab, directory);
    loaded = new Load.Pods(lab, directory);
  }

  @AfterAll
  void down() {
    loaded.close();
    pods.close();
    lab.close();
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.HOURS) // for as many kills as are asked for
  void should_leave_nothing_behind_and_cut_nothing_when_it_is_killed_at_random_moments()
      throws Exception {
    System.out.printf("%d kills, -Dweir.seed=%d%n", KILLS, SEED);
    Random random = new Random(SEED);
    Process talk =
        pods.start("client", pods.chatter, "talk", pods.server, TalkingPods.PORT, CONNECTIONS);
    BufferedReader answers = talk.inputReader(StandardCharsets.UTF_8);
    assertThat(answers.readLine()).isEqualTo("open " + CONNECTIONS);

    for (int kill = 1; kill <= KILLS; kill++) {
      String which = "kill " + kill + " of seed " + SEED;
      try (Load load = loaded.start()) {
        // Whoever was making pods goes on with the next engine, as a container runtime does.
        try (Churn churn = new Churn(random.nextLong())) {
          churn.awaitMore();
          Thread.sleep(random.nextInt(LONGEST_MS)); // the random moment
          lab.lab("kill", "n1");
          assertThat(again(talk, answers))
              .as(which + ", without an engine")
              .isEqualTo("ok " + CONNECTIONS);
          load.awaitMore(UNDISTURBED);
          long begin = System.nanoTime();
          CompletableFuture<String> start =
              CompletableFuture.supplyAsync(() -> lab.lab("start", "n1"));
          // Nobody waits for the engine first: a pod that is new meanwhile waits by itself.
          lab.apply(Yaml.shell("default", "late" + kill, "app: late"));
          System.out.printf(
              "%s: a new pod after %d ms%n", which, (System.nanoTime() - begin) / 1_000_000);
          start.join();
          churn.awaitMore();
        }
        lab.awaitInForce();
        load.awaitMore(UNDISTURBED);
        load.end().assertNothingIsLost(which);
      }
      lab.tryWeir(Yaml.shell("default", "late" + kill, "app: late"), "lab", "delete", "-f", "-");
      // What a cut ADD has left belongs to the runtime, which calls DEL and ADD again.
      lab.apply(Churn.manifests(0));

      assertThat(again(talk, answers)).as(which).isEqualTo("ok " + CONNECTIONS);
      Run.Ended fsck = lab.tryWeir("", "fsck");
      assertThat(fsck.told()).as(which).isEqualTo("exit code 0\nclean\n");
      assertNothingIsLeftOver(which);
    }
  }

  private static String again(Process talk, BufferedReader answers) throws IOException {
    talk.getOutputStream().write('\n');
    talk.getOutputStream().flush();
    return answers.readLine();
  }

  /** Told by the kernel's own tools, so that it does not hang on fsck alone. */
  private void assertNothingIsLeftOver(String which) {
    int endpoints = lab.rows("table", "endpoints").size();
    assertThat(endpoints).as("pods are there").isGreaterThan(2);
    String links = lab.on("n1", "ip", "-o", "link");
    assertThat(links.lines().filter(line -> line.matches("\\d+: weir[0-9a-v]{11}@.*")))
        .as(which + ": veths")
        .hasSize(endpoints);
    for (String family : List.of("-4", "-6")) {
      assertThat(
              lab.on("n1", "ip", family, "route", "show", "proto", "87")
                  .lines()
                  .filter(line -> !line.startsWith("unreachable")))
          .as(which + ": routes")
          .hasSize(endpoints);
    }
    assertThat(list("interfaces")).as(which + ": pins").hasSize(endpoints);
    assertThat(list("programs")).as(which + ": programs").noneMatch(name -> name.endsWith("-new"));
    assertThat(list("sockets")).as(which + ": links of sockets").hasSize(8);
  }

  private List<String> list(String directory) {
    return Commands.run("ls", "/sys/fs/bpf/weir/" + lab.engine() + "/" + directory)
        .lines()
        .toList();
  }

  /** Pods come and go, and policies and services change, until it is closed; failures are none. */
  private final class Churn implements AutoCloseable {
    private final Random random;
    private final Thread thread;
    private volatile boolean over;
    private volatile int rounds;

    Churn(long seed) {
      random = new Random(seed);
      thread = new Thread(this::work, "churn");
      thread.start();
    }

    private void work() {
      while (!over) {
        lab.tryApply(manifests(random.nextInt(8)));
        rounds++;
        lab.tryWeir(
            Yaml.shell("default", "guest" + random.nextInt(3), "app: guest"),
            "lab",
            "delete",
            "-f",
            "-");
      }
    }

    void awaitMore() {
      int before = rounds;
      Wait.until("a change", () -> rounds > before);
    }

    static String manifests(int variant) {
      StringBuilder yaml = new StringBuilder();
      for (int guest = 0; guest < 3; guest++) {
        yaml.append(Yaml.shell("default", "guest" + guest, "app: guest, v: v" + (variant & 3)));
      }
      return yaml.append(Yaml.service("default", "guests", "v: v" + (variant & 1)))
          .append(Yaml.ingress("default", "guests", "app: guest", "v: v" + (variant >> 1)))
          .toString();
    }

    @Override
    public void close() throws InterruptedException {
      over = true;
      thread.join();
    }
  }
}
