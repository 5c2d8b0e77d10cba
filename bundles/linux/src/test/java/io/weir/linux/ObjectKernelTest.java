package io.weir.linux;

import static io.weir.linux.Bytes.u32;
import static io.weir.linux.Bytes.u64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestPins;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@NeedsRoot
class ObjectKernelTest {
  private static final byte[] PACKET = new byte[64];

  private final Linux linux = Linux.open();

  @AfterEach
  void close() {
    linux.close();
  }

  @Test
  void should_name_what_an_object_holds() {
    try (BpfObject object = linux.bpf().open("sample", Compiled.object("sample"))) {
      assertThat(object.programs())
          .contains("emit_event", "count_packet", "refuse_port_9", "count_call");
      assertThat(object.maps()).contains("events", "counters", "small");
      assertThat(object.section("refuse_port_9")).isEqualTo("cgroup/connect4");
      assertThat(object.attachType("refuse_port_9")).isEqualTo(AttachType.CGROUP_CONNECT4.number());
      assertThat(object.declared("small"))
          .isEqualTo(new MapInfo(0, "small", MapType.HASH.number(), 4, 8, 8, 0));
    }
  }

  @Test
  void should_run_a_program_with_the_constants_that_were_set() {
    try (BpfObject object = linux.bpf().open("sample", Compiled.object("sample"))) {
      object.set("verdict", u32(2));
      object.set("step", u64(10));
      object.load();
      try (BpfProgram program = object.program("emit_event");
          BpfMap counters = object.map("counters")) {
        assertThat(program.run(TestRun.of(PACKET).repeat(5)).code()).isEqualTo(2);
        assertThat(u64(counters.lookup(u32(0)).orElseThrow())).isEqualTo(50);
        assertThat(program.info().name()).isEqualTo("emit_event");
        assertThat(program.mapIds()).contains(counters.info().id());
      }
    }
  }

  @Test
  void should_refuse_constants_that_are_not_there_or_of_another_size() {
    try (BpfObject object = linux.bpf().open("sample", Compiled.object("sample"))) {
      assertThatThrownBy(() -> object.set("verdikt", u32(2)))
          .hasMessage("sample: expected a const volatile variable verdikt, got none");
      assertThatThrownBy(() -> object.set("verdict", u64(2)))
          .hasMessage("sample: verdict: expected 4 bytes, got 8 bytes");
    }
  }

  @Test
  void should_hand_a_context_to_a_program_and_bring_it_back() {
    try (BpfObject object = linux.bpf().open("sample", Compiled.object("sample"))) {
      object.load();
      try (BpfProgram program = object.program("mark_packet")) {
        // struct __sk_buff: mark at 8, ingress_ifindex at 36.
        byte[] context =
            ByteBuffer.allocate(192)
                .order(ByteOrder.nativeOrder())
                .putInt(8, 41)
                .putInt(36, 1)
                .array();
        TestRun.Result result = program.run(TestRun.of(PACKET).context(context));
        assertThat(result.code()).isEqualTo(1);
        assertThat(u32(java.util.Arrays.copyOfRange(result.context(), 8, 12))).isEqualTo(42);
        assertThat(result.data()).isEqualTo(PACKET);
      }
    }
  }

  @Test
  void should_say_which_program_the_verifier_refused_and_why() {
    try (BpfObject object = linux.bpf().open("refused", Compiled.object("refused"))) {
      assertThatThrownBy(object::load)
          .isInstanceOfSatisfying(
              LinuxException.class, e -> assertThat(e.errno()).isEqualTo(LinuxException.EACCES))
          .hasMessageStartingWith(
              "refused: program reads_null: expected a program that the verifier accepts, got"
                  + " Permission denied\n")
          .hasMessageContaining("R0 invalid mem access 'map_value_or_null'");
    }
  }

  @Test
  void should_refuse_what_is_no_object() {
    assertThatThrownBy(() -> linux.bpf().open("junk", new byte[100]))
        .isInstanceOf(LinuxException.class)
        .hasMessageStartingWith("junk: expected a BPF object that this kernel takes, got ");
  }

  @Test
  void should_use_a_pinned_map_in_place_of_a_new_one() {
    try (TestPins pins = TestPins.create("linux")) {
      try (BpfObject first = linux.bpf().open("sample", Compiled.object("sample"))) {
        first.load();
        try (BpfMap counters = first.map("counters")) {
          counters.update(u32(3), u64(77));
          counters.pin(pins.path().resolve("counters"));
        }
      }
      assertThat(linux.bpf().findMap(pins.path().resolve("none"))).isEmpty();
      try (BpfMap pinned = linux.bpf().findMap(pins.path().resolve("counters")).orElseThrow();
          BpfObject second = linux.bpf().open("sample", Compiled.object("sample"))) {
        second.reuse("counters", pinned);
        second.load();
        try (BpfMap counters = second.map("counters")) {
          assertThat(u64(counters.lookup(u32(3)).orElseThrow())).isEqualTo(77);
          assertThat(counters.info().id()).isEqualTo(pinned.info().id());
        }
      }
      assertThatThrownBy(() -> linux.bpf().findLink(pins.path().resolve("counters")))
          .hasMessage(
              pins.path().resolve("counters") + ": expected a pinned bpf-link, got bpf-map");
    }
  }

  @Test
  void should_load_a_map_with_the_size_that_was_set_and_leave_programs_out() {
    try (BpfObject object = linux.bpf().open("sample", Compiled.object("sample"))) {
      object.maxEntries("small", 100);
      object.skip("refuse_port_9");
      object.load();
      try (BpfMap small = object.map("small")) {
        assertThat(small.info().maxEntries()).isEqualTo(100);
      }
      assertThatThrownBy(() -> object.program("refuse_port_9"))
          .hasMessage("sample: refuse_port_9 is not loaded");
      assertThatThrownBy(() -> object.program("no_such"))
          .hasMessageStartingWith("sample: expected a program no_such, got emit_event, ");
    }
  }

  @Test
  void should_refuse_calls_after_it_was_closed() {
    BpfMap map = linux.bpf().createMap(new MapSpec("late", MapType.HASH, 4, 8, 1, 0));
    linux.close();
    assertThatThrownBy(() -> map.lookup(u32(1))).hasMessage("io.weir.linux is closed");
    assertThatThrownBy(() -> linux.rings().open(List.of())).hasMessage("io.weir.linux is closed");
  }
}
