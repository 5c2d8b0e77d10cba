package io.weir.linux;

import static io.weir.linux.Bytes.u32;
import static io.weir.linux.Bytes.u64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestPins;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NeedsRoot
class RingKernelTest {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final int SWAPS = 200;
  private static final int EVENTS_A_CALL = 500;
  private static final int EVENT_BYTES = 64;
  private static final int LOST = 1;
  private static final int DISCARDED = 3;

  private final Linux linux = Linux.open();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final TestPins pins = TestPins.create("linux");
  private BpfObject object;
  private BpfProgram producer;
  private BpfMap counters;

  @BeforeEach
  void load() {
    object = linux.bpf().open("sample", Compiled.object("sample"));
    object.load();
    producer = object.program("emit_event");
    counters = object.map("counters");
    for (String ring : List.of("events", "more_events")) {
      try (BpfMap map = object.map(ring)) {
        map.pin(pins.path().resolve(ring));
      }
    }
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    pins.close();
    counters.close();
    producer.close();
    object.close();
    linux.close();
  }

  @Test
  void should_hand_out_each_record_once_and_leave_out_what_was_discarded() {
    try (RingReader reader = open(linux)) {
      RingBatch batch = new RingBatch(1 << 16, 1024);
      assertThat(reader.read(batch)).isZero();
      produce(34);
      assertThat(reader.waitingBytes()).isEqualTo(34 * (EVENT_BYTES + 8));
      assertThat(reader.read(batch)).isEqualTo(32);
      assertThat(reader.waitingBytes()).isZero();
      assertThat(reader.read(batch)).isZero();
      assertThat(batch.lengths()[0]).isEqualTo(EVENT_BYTES);
    }
  }

  @Test
  void should_go_on_where_the_last_reader_stopped() {
    RingBatch small = new RingBatch(3 * EVENT_BYTES + 20, 100);
    produce(8);
    try (RingReader reader = open(linux)) {
      assertThat(reader.read(small)).isEqualTo(3);
      assertThat(sequence(small, 0)).isZero();
      assertThat(sequence(small, 2)).isEqualTo(4);
    }
    RingBatch all = new RingBatch(1 << 16, 100);
    try (RingReader reader = open(linux)) {
      assertThat(reader.read(all)).isEqualTo(5);
      assertThat(sequence(all, 0)).isEqualTo(6);
    }
  }

  @Test
  void should_drop_and_count_what_no_batch_holds() {
    produce(2);
    try (RingReader reader = open(linux)) {
      assertThat(reader.read(new RingBatch(EVENT_BYTES - 1, 100))).isZero();
      assertThat(reader.oversized()).isEqualTo(2);
    }
  }

  @Test
  void should_wait_for_a_record() throws Exception {
    try (RingReader reader = open(linux)) {
      RingBatch batch = new RingBatch(1 << 16, 100);
      assertThat(reader.await(batch, Duration.ofMillis(1))).isZero();
      Future<Integer> waiting = threads.submit(() -> reader.await(batch, Duration.ofMinutes(1)));
      produce(1);
      assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo(1);
    }
  }

  @Test
  void should_refuse_what_is_no_ring() {
    assertThatThrownBy(() -> linux.rings().open(List.of(counters)))
        .hasMessage("map counters: expected a ringbuf, got array");
  }

  /**
   * The readers are closed by another thread, in the middle of their calls, by closing all of
   * {@code linux} they use; meanwhile a program fills both rings.
   */
  @Test
  void should_survive_200_swaps_of_its_users_under_load_and_lose_nothing() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    long begun = System.nanoTime();
    Future<Long> produced =
        threads.submit(
            () -> {
              long events = 0;
              while (!stop.get()) {
                produce(EVENTS_A_CALL);
                events += EVENTS_A_CALL;
              }
              return events;
            });
    Tally tally = new Tally();
    for (int swap = 0; swap < SWAPS; swap++) {
      Linux users = Linux.open();
      RingReader reader = open(users);
      CountDownLatch reading = new CountDownLatch(1);
      Future<?> user = threads.submit(() -> tally.readUntilClosed(reader, reading));
      assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();
      CompletableFuture.runAsync(users::close, threads).get(30, TimeUnit.SECONDS);
      user.get(30, TimeUnit.SECONDS);
    }
    stop.set(true);
    long events = produced.get(30, TimeUnit.SECONDS);
    double seconds = (System.nanoTime() - begun) / 1e9;
    try (RingReader last = open(linux)) {
      RingBatch batch = new RingBatch(1 << 20, 1 << 14);
      for (int count = last.read(batch); count > 0; count = last.read(batch)) {
        tally.add(batch, count);
      }
    }
    assertThat(tally.broken).isZero();
    assertThat(tally.records).isPositive();
    assertThat(tally.records + counter(LOST) + counter(DISCARDED)).isEqualTo(events);
    assertThat(events / seconds).as("events a second").isGreaterThan(100_000);
  }

  private void produce(int events) {
    producer.run(TestRun.of(new byte[64]).repeat(events));
  }

  private long counter(int which) {
    return u64(counters.lookup(u32(which)).orElseThrow());
  }

  private RingReader open(Linux users) {
    Path first = pins.path().resolve("events");
    Path second = pins.path().resolve("more_events");
    try (BpfMap a = users.bpf().findMap(first).orElseThrow();
        BpfMap b = users.bpf().findMap(second).orElseThrow()) {
      return users.rings().open(List.of(a, b));
    }
  }

  private static long sequence(RingBatch batch, int record) {
    return (long) LONG.get(batch.bytes(), batch.starts()[record]);
  }

  /** What all readers got together; even sequences come by one ring and odd ones by the other. */
  private static final class Tally {
    private final long[] last = {-1, -1};
    private long records;
    private long broken;

    void readUntilClosed(RingReader reader, CountDownLatch reading) {
      RingBatch batch = new RingBatch(1 << 16, 1024);
      try {
        while (true) {
          add(batch, reader.read(batch));
          reading.countDown();
        }
      } catch (IllegalStateException closed) {
        assertThat(closed).hasMessage("the reader of rings is closed");
      }
    }

    void add(RingBatch batch, int count) {
      for (int i = 0; i < count; i++) {
        long sequence = sequence(batch, i);
        int ring = (int) (sequence & 1);
        long end = (long) LONG.get(batch.bytes(), batch.starts()[i] + EVENT_BYTES - Long.BYTES);
        boolean whole = sequence > last[ring] && sequence % 17 != 16 && end == sequence + 6;
        broken += whole ? 0 : 1;
        last[ring] = sequence;
        records++;
      }
    }
  }
}
