package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.flows.abi.Abi;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestPins;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.Linux;
import io.weir.linux.TestRun;
import io.weir.state.BootClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NeedsRoot
class FlowReaderKernelTest {
  private static final int SWAPS = 30;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Linux linux = Linux.open();
  private final TestPins pins = TestPins.create("flows");
  private final EventMaps maps = new EventMaps(linux.bpf(), pins.path());
  private final Tally tally = new Tally();
  private BpfObject object;
  private BpfProgram teller;

  @BeforeEach
  void load() throws Exception {
    object = linux.bpf().open("tell", TellPrograms.compile("tell"));
    object.load();
    teller = object.program("tell_event");
  }

  @AfterEach
  void close() {
    teller.close();
    object.close();
    pins.close();
    linux.close();
  }

  @Test
  void should_lose_nothing_and_tell_nothing_twice_when_swapped_under_load() throws Exception {
    pin();
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Long> told =
        CompletableFuture.supplyAsync(
            () -> {
              long events = 0;
              while (!stop.get()) {
                tell(500);
                events += 500;
              }
              return events;
            });
    List<Long> numbers = new ArrayList<>();
    for (int swap = 0; swap < SWAPS; swap++) {
      numbers.addAll(read(0));
    }
    stop.set(true);
    long events = told.get();
    numbers.addAll(read(events - numbers.size() - maps.lost().orElseThrow()));
    assertThat(numbers).isSorted().doesNotHaveDuplicates();
    assertThat(numbers.size() + maps.lost().orElseThrow()).isEqualTo(events);
  }

  @Test
  void should_wait_for_the_ring_and_tell_what_was_lost() throws Exception {
    FlowBuffer buffer = new FlowBuffer(1 << 18, new BootClock());
    FlowReader reader = reader(buffer);
    reader.start(() -> {});
    tell(100_000);
    pin();
    try {
      long lost = maps.lost().orElseThrow();
      assertThat(lost).as("the ring holds fewer").isPositive();
      until(() -> buffer.all().seen().stream().anyMatch(Seen.Lost.class::isInstance));
      until(() -> tally(buffer) + lost >= 100_000);
      List<Seen> seen = buffer.all().seen();
      assertThat(seen.stream().filter(Flow.class::isInstance).count() + lost).isEqualTo(100_000);
      assertThat(seen)
          .filteredOn(Seen.Lost.class::isInstance)
          .singleElement()
          .satisfies(one -> assertThat(((Seen.Lost) one).count()).isEqualTo(lost));
      assertThat(tally.flows(Flow.Verdict.FORWARDED) + lost).isEqualTo(100_000);
    } finally {
      reader.close();
    }
  }

  @Test
  void should_count_drops_by_reason_and_direction() throws Exception {
    assertThat(maps.drops()).isEmpty();
    pin();
    try (BpfProgram dropper = object.program("drop_one")) {
      dropper.run(TestRun.of(new byte[64]).repeat(3));
    }
    assertThat(maps.drops())
        .isEqualTo(
            Map.of(
                new EventMaps.Place(Abi.REASON_POLICY_DENIED, true),
                new EventMaps.Drops(3, 180, 0)));
  }

  @Test
  void should_tell_how_many_drops_were_not_told() throws Exception {
    pin();
    FlowBuffer buffer = new FlowBuffer(16, new BootClock());
    FlowReader reader = reader(buffer);
    try (BpfProgram dropper = object.program("drop_one")) {
      dropper.run(TestRun.of(new byte[64]).repeat(5)); // before anyone looked: others' to tell
      reader.start(() -> {});
      until(
          () -> {
            dropper.run(TestRun.of(new byte[64]));
            return !buffer.all().seen().isEmpty();
          });
      Seen.Suppressed told = (Seen.Suppressed) buffer.all().seen().get(0);
      assertThat(told.reason()).isEqualTo(Abi.REASON_POLICY_DENIED);
      assertThat(told.count()).isPositive().isEven();
    } finally {
      reader.close();
    }
  }

  /** What one reader reads, which ends once it has read at least {@code wanted}, and something. */
  private List<Long> read(long wanted) throws Exception {
    FlowBuffer buffer = new FlowBuffer(1 << 20, new BootClock());
    FlowReader reader = reader(buffer);
    reader.start(() -> {});
    until(() -> wanted == 0 ? tally(buffer) > 0 : tally(buffer) >= wanted);
    reader.close();
    return buffer.all().seen().stream()
        .filter(Flow.class::isInstance)
        .map(seen -> number(((Flow) seen).event()))
        .toList();
  }

  /** In its identities. */
  private static long number(Event event) {
    return (long) event.sourceIdentity() << 32
        | Integer.toUnsignedLong(event.destinationIdentity());
  }

  private static long tally(FlowBuffer buffer) {
    return buffer.all().seen().stream().filter(Flow.class::isInstance).count();
  }

  private FlowReader reader(FlowBuffer buffer) {
    BootClock clock = new BootClock();
    return new FlowReader(
        linux.rings(), maps, new Names(), buffer, tally, new LossWatch(OptionalLong.of(0)), clock);
  }

  private static void until(BooleanSupplier done) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!done.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      Thread.sleep(1);
    }
  }

  private void tell(int events) {
    teller.run(TestRun.of(new byte[64]).repeat(events));
  }

  private void pin() throws Exception {
    Path group =
        Files.createDirectories(pins.path().resolve("maps/events-" + Abi.GROUPS.get("events")));
    for (String name : List.of("counters", "drops", "drop_limits", "events")) {
      try (BpfMap map = object.map(name)) {
        map.pin(group.resolve(name));
      }
    }
  }
}
