package io.weir.linux;

import static io.weir.linux.Bytes.u32;
import static io.weir.linux.Bytes.u64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.TestPins;
import io.weir.linux.Bpf.ClsactHook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NeedsRoot
class LinkKernelTest {
  private final Linux linux = Linux.open();
  private BpfObject object;
  private BpfMap counters;

  @BeforeEach
  void load() {
    object = linux.bpf().open("sample", Compiled.object("sample"));
    object.load();
    counters = object.map("counters");
  }

  @AfterEach
  void close() {
    counters.close();
    object.close();
    linux.close();
  }

  @Test
  @NeedsKernel("tcx")
  void should_attach_pin_adopt_update_and_detach_by_tcx() throws IOException {
    try (TestNetns netns = TestNetns.create("linux");
        TestPins pins = TestPins.create("linux");
        BpfProgram counting = object.program("count_packet");
        BpfProgram other = object.program("emit_event")) {
      Path pin = pins.path().resolve("link");
      linux
          .namespaces()
          .call(
              netns.path(),
              () -> {
                try (BpfLink link =
                    linux.bpf().attachToInterface(counting, 1, AttachType.TCX_INGRESS)) {
                  link.pin(pin);
                }
                return null;
              });
      ping(netns);
      assertThat(packets()).isPositive();
      try (BpfLink adopted = linux.bpf().findLink(pin).orElseThrow()) {
        assertThat(adopted.info().programId()).isEqualTo(counting.info().id());
        assertThat(adopted.info().target()).isEqualTo(1);
        assertThat(adopted.info().attachType()).isEqualTo(AttachType.TCX_INGRESS.number());
        adopted.update(other);
        assertThat(adopted.info().programId()).isEqualTo(other.info().id());
      }
      long before = packets();
      ping(netns);
      assertThat(packets()).isEqualTo(before);
      Files.delete(pin);
    }
  }

  @Test
  void should_attach_replace_and_detach_by_clsact() {
    try (TestNetns netns = TestNetns.create("linux");
        BpfProgram counting = object.program("count_packet");
        BpfProgram other = object.program("emit_event")) {
      ClsactHook hook = new ClsactHook(1, true, 1, 1);
      linux
          .namespaces()
          .call(
              netns.path(),
              () -> {
                Bpf bpf = linux.bpf();
                assertThat(bpf.clsactProgram(hook)).isEmpty();
                bpf.detachFromClsact(hook);
                bpf.attachToClsact(counting, hook);
                assertThat(bpf.clsactProgram(hook)).contains(counting.info().id());
                ping(netns);
                assertThat(packets()).isPositive();
                bpf.attachToClsact(other, hook);
                assertThat(bpf.clsactProgram(hook)).contains(other.info().id());
                bpf.detachFromClsact(hook);
                assertThat(bpf.clsactProgram(hook)).isEmpty();
                return null;
              });
    }
  }

  @Test
  @NeedsKernel("cgroup2")
  void should_attach_to_a_cgroup() {
    try (TestCgroup cgroup = TestCgroup.create("linux");
        TestNetns netns = TestNetns.create("linux");
        BpfProgram program = object.program("refuse_port_9");
        BpfLink link =
            linux.bpf().attachToCgroup(program, cgroup.path(), AttachType.CGROUP_CONNECT4)) {
      assertThat(link.info().attachType()).isEqualTo(AttachType.CGROUP_CONNECT4.number());
      assertThat(link.info().cgroupId()).isPositive();
      assertThat(connect(netns, cgroup, 9)).contains("Operation not permitted");
      assertThat(connect(netns, cgroup, 10)).contains("Connection refused");
      link.detach();
      assertThat(connect(netns, cgroup, 9)).contains("Connection refused");
    }
  }

  @Test
  void should_attach_to_a_raw_tracepoint() {
    try (BpfProgram program = object.program("count_call")) {
      try (BpfLink link = linux.bpf().attachToRawTracepoint(program, "sys_enter")) {
        assertThat(link.info().programId()).isEqualTo(program.info().id());
        assertThat(packets()).isPositive();
      }
      assertThatThrownBy(() -> linux.bpf().attachToRawTracepoint(program, "no_such"))
          .hasMessage("raw tracepoint no_such: No such file or directory");
    }
  }

  @Test
  @NeedsKernel("tcx")
  void should_say_where_it_could_not_attach() {
    try (BpfProgram program = object.program("count_packet")) {
      assertThatThrownBy(
              () -> linux.bpf().attachToInterface(program, 999_999, AttachType.TCX_EGRESS))
          .hasMessage("TCX_EGRESS of interface 999999: No such device");
      assertThatThrownBy(
              () -> linux.bpf().attachToCgroup(program, Path.of("/nowhere"), AttachType.SK_LOOKUP))
          .hasMessage("/nowhere: expected a directory of cgroup2, got No such file or directory");
    }
  }

  private long packets() {
    return u64(counters.lookup(u32(2)).orElseThrow());
  }

  private static void ping(TestNetns netns) {
    netns.run("busybox", "ping", "-c1", "-W2", "127.0.0.1");
  }

  /** What a client in the cgroup says of connecting to a port where nobody listens. */
  private static String connect(TestNetns netns, TestCgroup cgroup, int port) {
    return Commands.tryRun(
            "sh",
            "-c",
            "echo $$ > %s/cgroup.procs; exec nsenter --net=%s busybox nc -w1 127.0.0.1 %d"
                .formatted(cgroup.path(), netns.path(), port))
        .err();
  }
}
