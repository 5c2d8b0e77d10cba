package io.weir.itests.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The engine is down, comes back, or has another CNI bundle: pods neither notice nor leak. */
@NeedsRoot
@NeedsKernel("veth")
class EngineDownKernelTest {
  private final TestNode node = new TestNode();
  private final TestNetns pod = node.pod();

  @AfterEach
  void close() {
    pod.close();
    node.close();
  }

  @Test
  void should_refuse_ADD_for_now_and_catch_up_on_DEL() {
    node.add(pod);
    node.stop();
    try (TestNetns late = node.pod()) {
      assertThat(node.add(late).out())
          .isEqualTo(
              "{\"cniVersion\":\"1.0.0\",\"code\":11,\"msg\":\"no answer from the engine of node %s\"}\n"
                  .formatted(node.name));
      assertThat(late.run("ip", "-o", "link").lines()).as("loopback alone").hasSize(1);
    }
    pod.run("busybox", "ping", "-c", "1", "-W", "2", "192.0.2.2");

    TestNode.Said said = node.del(pod);
    assertThat(said.code()).as("%s", said).isZero();
    assertThat(node.hostInterfaces()).as("nobody has done it").hasSize(1);

    node.start();
    node.until(() -> node.hostInterfaces().isEmpty() && node.engine.leases().isEmpty());
    assertThat(node.notes()).isEmpty();
  }

  @Test
  void should_do_a_noted_DEL_before_the_ADD_that_follows_and_not_after_it() {
    node.add(pod);
    node.note(pod.name());
    TestNode.Said said = node.add(pod);
    assertThat(said.code()).as("%s", said).isZero();
    assertThat(said.out()).contains("10.0.0.3/32");
    node.note("another"); // gone when all notes have been looked at
    node.until(() -> node.notes().isEmpty());
    assertThat(node.check(pod, said.out()).code()).isZero();
  }

  @Test
  void should_keep_pods_over_a_restart_and_change_nothing_of_them() {
    TestNode.Said said = node.add(pod);
    String before = node.netns.run("ip", "-o", "link") + node.netns.run("ip", "route");
    var endpoints = node.engine.endpoints();
    node.stop();
    pod.run("busybox", "ping", "-c", "1", "-W", "2", "192.0.2.2");
    node.start();
    assertThat(node.engine.endpoints()).isEqualTo(endpoints);
    assertThat(node.netns.run("ip", "-o", "link") + node.netns.run("ip", "route"))
        .isEqualTo(before);
    assertThat(node.check(pod, said.out()).code()).isZero();
    assertThat(node.del(pod).code()).isZero();
  }

  @Test
  void should_forget_a_pod_that_has_gone_while_the_engine_was_down() {
    try (TestNetns gone = node.pod()) {
      node.add(gone);
      node.stop();
    }
    node.until(() -> node.hostInterfaces().isEmpty());
    node.start();
    assertThat(node.engine.endpoints()).isEmpty();
    assertThat(node.engine.leases()).isEmpty();
    assertThat(node.netns.run("ip", "route", "show", "type", "unicast", "proto", "87")).isEmpty();
  }

  @Test
  void should_add_nothing_while_it_cannot_read_what_is_there() throws Exception {
    node.add(pod);
    node.stop();
    Path file = node.base.resolve("state/endpoints.json");
    String before = Files.readString(file);
    Files.writeString(file, "{\"version\":9}");
    node.start();
    try (TestNetns second = node.pod()) {
      assertThat(node.add(second).out())
          .contains(
              "\"code\":5,\"msg\":\"state/endpoints.json: expected the endpoints of this node,"
                  + " version 1, got version 9; restore the file; or delete the pods of this node,"
                  + " remove it, and start again\"");
    }
    assertThat(file).hasContent("{\"version\":9}");
    assertThat(node.hostInterfaces()).as("the first pod is left alone").hasSize(1);
    Files.writeString(file, before);
    assertThat(node.del(pod).code()).as("the file is read again").isZero();
  }

  @Test
  void should_answer_an_ADD_that_begins_while_the_bundle_is_replaced() {
    node.engine.datapath().hold();
    CompletableFuture<TestNode.Said> early = CompletableFuture.supplyAsync(() -> node.add(pod));
    node.until(() -> !node.engine.endpoints().isEmpty());
    CompletableFuture<Void> swap = CompletableFuture.runAsync(() -> node.engine.replaceCni());
    try (TestNetns second = node.pod()) {
      CompletableFuture<TestNode.Said> late = CompletableFuture.supplyAsync(() -> node.add(second));
      node.engine.datapath().release();
      assertThat(early.join().code()).as("%s", early.join()).isZero();
      swap.join();
      assertThat(late.join().code()).as("%s", late.join()).isZero();
      node.del(second);
    }
    assertThat(node.check(pod, early.join().out()).code()).isZero();
  }

  @Test
  void should_undo_an_ADD_that_a_DEL_overtakes() {
    node.engine.datapath().hold();
    CompletableFuture<TestNode.Said> add = CompletableFuture.supplyAsync(() -> node.add(pod));
    node.until(() -> !node.engine.endpoints().isEmpty());
    assertThat(node.del(pod).code()).isZero();
    assertThat(add.join().out()).contains("\"code\":11,\"msg\":\"ADD: given up, a DEL has come\"");
    assertThat(node.hostInterfaces()).isEmpty();
  }
}
