package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Flow4KeyLayout;
import io.weir.datapath.abi.Flow6KeyLayout;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestPins;
import io.weir.itests.testing.packet.Packet;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfProgram;
import io.weir.linux.Linux;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables of flows of another size: what is in them stays, and a crash leaves one in force. */
@NeedsRoot
class FlowTablesKernelTest {
  private static final int BIG = 4096;
  private static final int SMALL = 1024;

  private final Linux linux = Linux.open();
  private TestPins pins;
  private Path root;
  private int now;

  @BeforeEach
  void make() {
    pins = TestPins.create("tables");
    root = pins.path().resolve("n1");
  }

  @AfterEach
  void close() {
    pins.close();
    linux.close();
  }

  /** As if the engine had been killed there. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private void with(Consumer<PinnedKernel> work) {
    with(step -> {}, work);
  }

  private void with(Consumer<FlowTables.Step> step, Consumer<PinnedKernel> work) {
    try (PinnedKernel kernel =
        new PinnedKernel(linux, root, new BuiltObjects(), Interfaces.Way.CLSACT, step)) {
      now = kernel.ticks().now();
      work.accept(kernel);
    }
  }

  private static byte[] key(FlowFamily family, int number) {
    byte[] key = new byte[family.ipv6() ? Flow6KeyLayout.SIZE : Flow4KeyLayout.SIZE];
    ByteBuffer.wrap(key).putInt(number);
    key[family.protocolAt()] = Packet.TCP;
    return key;
  }

  /** Entries of flows; the higher the number, the newer. */
  private void fill(PinnedKernel kernel, FlowFamily family, int from, int to) {
    for (int number = from; number < to; number++) {
      byte[] flow = new byte[FlowLayout.SIZE];
      FlowLayout.seen(flow, 0, now - 1_000_000 + number);
      FlowLayout.packets(flow, 0, number);
      kernel.map(family.flows()).update(key(family, number), flow);
    }
  }

  /** What programs see, which is what the pin must lead to. */
  private Set<Integer> inForce(PinnedKernel kernel, FlowFamily family) {
    try (BpfMap table = FlowTables.inForce(linux.bpf(), kernel.map(family.table())).orElseThrow()) {
      assertThat(kernel.map(family.flows()).info().id()).isEqualTo(table.info().id());
      return numbers(table);
    }
  }

  private static Set<Integer> numbers(BpfMap table) {
    Set<Integer> numbers = new TreeSet<>();
    table.forEach((key, flow) -> numbers.add(ByteBuffer.wrap(key).getInt()));
    return numbers;
  }

  private static int size(PinnedKernel kernel, FlowFamily family) {
    return kernel.map(family.flows()).info().maxEntries();
  }

  private static FlowFamily family(boolean six) {
    return six ? FlowFamily.IPV6 : FlowFamily.IPV4;
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void should_keep_every_flow_when_a_table_grows(boolean six) {
    with(
        kernel -> {
          kernel.resize(family(six), BIG);
          fill(kernel, family(six), 0, 1000);
          kernel.resize(family(six), 2 * BIG);
          assertThat(inForce(kernel, family(six))).hasSize(1000);
          assertThat(size(kernel, family(six))).isEqualTo(2 * BIG);
          byte[] flow = kernel.map(family(six).flows()).lookup(key(family(six), 77)).orElseThrow();
          assertThat(FlowLayout.packets(flow, 0)).as("with its counters").isEqualTo(77);
        });
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void should_keep_those_that_were_used_last_when_a_table_shrinks(boolean six) {
    with(
        kernel -> {
          kernel.resize(family(six), BIG);
          fill(kernel, family(six), 0, 3000);
          kernel.resize(family(six), SMALL);
          Set<Integer> left = inForce(kernel, family(six));
          assertThat(left).allMatch(number -> number >= 3000 - SMALL);
          // a CPU of the kernel keeps a batch of free places for itself
          assertThat(left).hasSizeGreaterThan(SMALL / 2).contains(2999, 2900, 2800);
        });
  }

  @Test
  void should_have_what_was_written_meanwhile() {
    FlowFamily family = FlowFamily.IPV4;
    with(kernel -> kernel.resize(family, BIG));
    PinnedKernel[] open = new PinnedKernel[1];
    with(
        step -> {
          now = open[0] == null ? 0 : open[0].ticks().now();
          if (step == FlowTables.Step.FILLED) {
            byte[] flow = new byte[FlowLayout.SIZE];
            FlowLayout.seen(flow, 0, now);
            FlowLayout.packets(flow, 0, 5);
            open[0].map(family.flows()).update(key(family, 7), flow);
            open[0].map(family.flows()).update(key(family, 8), flow);
          }
          if (step == FlowTables.Step.SWITCHED) {
            try (BpfMap next =
                FlowTables.inForce(linux.bpf(), open[0].map(family.table())).orElseThrow()) {
              byte[] flow = next.lookup(key(family, 9)).orElseThrow();
              FlowLayout.seen(flow, 0, now + 1000);
              FlowLayout.packets(flow, 0, 6);
              next.update(key(family, 9), flow);
            }
          }
        },
        kernel -> {
          open[0] = kernel;
          fill(kernel, family, 8, 10);
          kernel.resize(family, 2 * BIG);
          assertThat(inForce(kernel, family)).containsExactly(7, 8, 9);
          assertThat(packets(kernel, family, 8)).as("newer in the one before").isEqualTo(5);
          assertThat(packets(kernel, family, 9)).as("newer in the one after").isEqualTo(6);
        });
  }

  private static long packets(PinnedKernel kernel, FlowFamily family, int number) {
    return FlowLayout.packets(kernel.map(family.flows()).lookup(key(family, number)).get(), 0);
  }

  @Test
  void should_let_programs_of_before_see_the_new_table() {
    with(
        kernel -> {
          kernel.resize(FlowFamily.IPV4, BIG);
          int before = kernel.map("table4").info().id();
          kernel.resize(FlowFamily.IPV4, 2 * BIG);
          assertThat(kernel.map("table4").info().id()).isEqualTo(before);
          inForce(kernel, FlowFamily.IPV4);
        });
  }

  /** A program that refers to a table itself goes on with the one before. */
  @Test
  void should_have_no_program_that_looks_anywhere_but_at_what_is_in_force() {
    with(
        kernel -> {
          for (Path object : Pins.in(root.resolve("programs"))) {
            for (Path pin : Pins.in(object)) {
              try (BpfProgram program = linux.bpf().findProgram(pin).orElseThrow()) {
                assertThat(program.mapIds())
                    .as(pin.toString())
                    .doesNotContain(
                        kernel.map("flows4").info().id(), kernel.map("flows6").info().id());
              }
            }
          }
        });
  }

  @Test
  void should_have_its_size_after_a_restart() {
    with(kernel -> kernel.resize(FlowFamily.IPV4, BIG));
    with(kernel -> assertThat(size(kernel, FlowFamily.IPV4)).isEqualTo(BIG));
  }

  @Test
  void should_load_programs_anew_over_tables_of_another_size() {
    with(kernel -> kernel.resize(FlowFamily.IPV4, BIG));
    Pins.delete(root.resolve("programs"));
    with(
        kernel -> {
          assertThat(size(kernel, FlowFamily.IPV4)).isEqualTo(BIG);
          inForce(kernel, FlowFamily.IPV4);
        });
  }

  @ParameterizedTest
  @EnumSource(FlowTables.Step.class)
  void should_have_one_or_the_other_in_force_after_a_crash(FlowTables.Step last) {
    FlowFamily family = FlowFamily.IPV4;
    with(
        kernel -> {
          kernel.resize(family, BIG);
          fill(kernel, family, 0, 1000);
        });
    assertThatThrownBy(
            () ->
                with(
                    step -> {
                      if (step == last) {
                        throw new Killed();
                      }
                    },
                    kernel -> kernel.resize(family, 2 * BIG)))
        .isInstanceOf(Killed.class);
    with(
        kernel -> {
          int size = last == FlowTables.Step.FILLED ? BIG : 2 * BIG;
          assertThat(size(kernel, family)).isEqualTo(size);
          assertThat(inForce(kernel, family)).hasSize(1000);
          assertThat(Pins.in(root.resolve("maps/flows-" + Abi.ABI_FLOWS)))
              .noneMatch(pin -> pin.toString().endsWith("-next"));
          kernel.resize(family, 2 * BIG);
          assertThat(inForce(kernel, family)).hasSize(1000);
        });
  }

  @Test
  void should_bring_over_after_a_crash_what_was_written_before_the_switch() {
    FlowFamily family = FlowFamily.IPV4;
    with(kernel -> kernel.resize(family, BIG));
    PinnedKernel[] open = new PinnedKernel[1];
    assertThatThrownBy(
            () ->
                with(
                    step -> {
                      if (step == FlowTables.Step.FILLED) {
                        fill(open[0], family, 0, 10);
                      } else {
                        throw new Killed();
                      }
                    },
                    kernel -> {
                      open[0] = kernel;
                      kernel.resize(family, 2 * BIG);
                    }))
        .isInstanceOf(Killed.class);
    with(kernel -> assertThat(inForce(kernel, family)).hasSize(10));
  }

  @Test
  void should_keep_the_table_where_there_is_no_memory_for_another() {
    FlowFamily family = FlowFamily.IPV4;
    with(
        kernel -> {
          kernel.resize(family, BIG);
          fill(kernel, family, 0, 10);
          assertThatThrownBy(() -> kernel.resize(family, Integer.MAX_VALUE))
              .isInstanceOf(io.weir.api.ProblemException.class);
          assertThat(size(kernel, family)).isEqualTo(BIG);
          assertThat(inForce(kernel, family)).hasSize(10);
        });
  }

  @Test
  void should_take_no_more_memory_for_an_entry_than_promised() {
    with(
        kernel -> {
          for (FlowFamily family : FlowFamily.BOTH) {
            long bytes = memory(kernel.map(family.flows()));
            assertThat((double) bytes / size(kernel, family))
                .as(family + ": bytes an entry")
                .isLessThanOrEqualTo(family.ipv6() ? 220 : 160);
          }
        });
  }

  /** As the kernel tells of a descriptor. */
  private static long memory(BpfMap map) {
    Path info = Path.of("/proc/self/fdinfo/" + map.fd().number());
    try {
      return java.nio.file.Files.readAllLines(info).stream()
          .filter(line -> line.startsWith("memlock:"))
          .mapToLong(line -> Long.parseLong(line.substring(8).strip()))
          .findFirst()
          .orElseThrow();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
