package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Who calls an engine that was killed waits for the next one, for a time that has an end. */
@NeedsRoot
class KillLabKernelTest {
  private static final int CALLERS = 40;

  /** What a runtime does for a pod. */
  private static final String ADD =
      "env CNI_COMMAND=ADD CNI_CONTAINERID=waits CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin"
          + " CNI_NETNS=/proc/self/ns/net "
          + Run.HOME.resolve("bin/weir-cni");

  private static final String CONF =
      "{\"cniVersion\":\"1.0.0\",\"name\":\"weir\",\"type\":\"weir-cni\"}";

  @Test
  void should_refuse_no_caller_while_the_engine_is_dead_and_answer_all_after() {
    ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
    try (Lab lab = new Lab("wait")) {
      lab.up();
      for (int life = 0; life < 2; life++) {
        lab.lab("kill", "n1");
        List<CompletableFuture<Run.Ended>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
          callers.add(
              CompletableFuture.supplyAsync(() -> lab.tryWeir("", "bundle", "list"), threads));
        }
        lab.lab("start", "n1");

        for (CompletableFuture<Run.Ended> caller : callers) {
          Run.Ended ended = caller.join();
          assertThat(ended.code()).as(ended.told()).isZero();
          assertThat(ended.out()).contains("io.weir.datapath");
        }
      }
      lab.lab("kill", "n1");
      Run.Ended add =
          lab.tryOn(
              "n1",
              "sh",
              "-c",
              "echo '%s' | WEIR_NODE=%s timeout 2 %s".formatted(CONF, lab.engine(), ADD));
      assertThat(add.code()).as("ended by itself\n" + add.told()).isEqualTo(1);
      assertThat(add.out()).contains("\"code\":11");
      Run.Ended alone = lab.tryWeir("", "status");
      assertThat(alone.code()).isEqualTo(1);
      assertThat(alone.err())
          .isEqualTo(
              ("weir: engine %1$s has ended, and none has come back within 10 s; start it with: weir"
                      + " start --node %1$s\n")
                  .formatted(lab.engine()));
    } finally {
      threads.shutdownNow();
    }
  }
}
