package io.weir.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.console.swap.Changes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More callers than there is room for. */
@Timeout(60)
class CrowdTest {
  private static final int CALLS = 4;
  private static final int CONNECTIONS = 16;

  @TempDir Path directory;

  private final List<SocketChannel> open = new ArrayList<>();

  @BeforeEach
  void small() {
    Limits.OURS.set(CALLS, CONNECTIONS);
  }

  @AfterEach
  void asBefore() throws Exception {
    Limits.OURS.set(Limits.DEFAULT_CALLS, Limits.DEFAULT_CONNECTIONS);
    Limits.OURS.setInput(Limits.DEFAULT_INPUT_SECONDS, Limits.PATIENCE);
    for (SocketChannel channel : open) {
      channel.close();
    }
    Reading.awaitNobody(); // calls are counted for the whole engine
  }

  @Test
  void should_turn_out_who_is_silent_for_who_calls() throws Exception {
    Path socket = directory.resolve("run/weir.sock");
    LinkedBlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    long silent = Limits.OURS.silentConnections.sum();
    Listener listener = Listener.open(socket, calls::add, refused -> {});
    try {
      SocketChannel first = connect(socket);
      for (int i = 0; i < 3 * CONNECTIONS; i++) {
        connect(socket);
      }
      SocketChannel caller = connect(socket);
      caller.write(ByteBuffer.wrap(new Frame(Frame.ARGS, "status\0".getBytes(UTF_8)).encode()));
      assertThat(calls.poll(10, TimeUnit.SECONDS).verb()).isEqualTo("status");
      assertThat(refusal(first)).startsWith("weir: weir.sock: expected a call, got none for ");
      assertThat(Limits.OURS.silentConnections.sum() - silent)
          .isBetween(2L * CONNECTIONS, 3L * CONNECTIONS + 2);
    } finally {
      listener.close();
    }
  }

  @Test
  void should_refuse_with_a_sentence_when_all_connections_call() throws Exception {
    Path socket = directory.resolve("run/weir.sock");
    LinkedBlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    Listener listener = Listener.open(socket, calls::add, refused -> {});
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        connect(socket)
            .write(ByteBuffer.wrap(new Frame(Frame.ARGS, "flows\0".getBytes(UTF_8)).encode()));
        assertThat(calls.poll(10, TimeUnit.SECONDS)).isNotNull();
      }
      assertThat(refusal(connect(socket)))
          .isEqualTo(
              "weir: weir.sock: expected at most 16 connections, got one more; end some of them, or"
                  + " raise console-connections\n");
    } finally {
      listener.close();
    }
  }

  @Test
  void should_refuse_a_call_that_is_too_much_by_one_and_not_as_misused() throws Exception {
    Path socket = directory.resolve("run/weir.sock");
    ConsoleThreads threads = new ConsoleThreads();
    CountDownLatch end = new CountDownLatch(1);
    Listener listener =
        Listener.open(socket, call -> threads.run(call, () -> await(end)), refused -> {});
    try {
      for (int i = 0; i < CALLS / 2; i++) {
        call(socket, "flows");
      }
      assertThat(refusal(call(socket, "flows"))).contains("at most 2 calls of flows at a time");
    } finally {
      end.countDown();
      listener.close();
      threads.retire();
    }
  }

  /** It sends a byte at a time, for as long as anybody listens. */
  @Test
  void should_end_a_call_whose_input_does_not_come_to_its_end() throws Exception {
    Limits.OURS.setInput(1, Limits.PATIENCE);
    long slow = Limits.OURS.slowInputs.sum();
    try (Reading reading = new Reading(directory.resolve("run/weir.sock"))) {
      SocketChannel caller = call(reading.socket, "apply");
      CompletableFuture<String> told = CompletableFuture.supplyAsync(() -> heard(caller));
      dribble(caller, told);
      assertThat(told.get(10, TimeUnit.SECONDS))
          .matches(
              "(?s).*weir.sock: standard input: expected its end within 1 s, got [0-9]+ bytes in"
                  + " [0-9]+ s; write it to a file first, or raise console-input-seconds\n.*");
      assertThat(Limits.OURS.slowInputs.sum() - slow).isEqualTo(1);
      Reading.awaitNobody();
    }
  }

  @Test
  void should_give_the_place_of_who_sends_slowly_to_who_calls() throws Exception {
    Limits.OURS.setInput(Limits.DEFAULT_INPUT_SECONDS, Duration.ofMillis(200));
    long slow = Limits.OURS.slowInputs.sum();
    try (Reading reading = new Reading(directory.resolve("run/weir.sock"))) {
      SocketChannel first = call(reading.socket, "apply");
      reading.awaitWaiting(1, Duration.ofMillis(201));
      SocketChannel second = call(reading.socket, "apply");
      reading.awaitWaiting(2, Duration.ofMillis(201));
      SocketChannel third = call(reading.socket, "apply");
      assertThat(heard(first)).contains("expected its end soon, since others call, got 0 bytes");
      third.write(ByteBuffer.wrap(new Frame(Frame.STDIN_END, new byte[0]).encode()));
      assertThat(heard(third)).contains("done");
      second.write(ByteBuffer.wrap(new Frame(Frame.STDIN_END, new byte[0]).encode()));
      assertThat(heard(second)).contains("done");
      assertThat(Limits.OURS.slowInputs.sum() - slow).isEqualTo(1);
      Reading.awaitNobody();
    }
  }

  @Test
  void should_refuse_another_rather_than_disturb_who_has_just_begun() throws Exception {
    try (Reading reading = new Reading(directory.resolve("run/weir.sock"))) {
      call(reading.socket, "apply");
      call(reading.socket, "apply");
      reading.awaitWaiting(2, Duration.ZERO);
      assertThat(refusal(call(reading.socket, "apply"))).contains("at most 2 calls of apply");
    }
  }

  /** An engine whose calls read their input to its end. */
  private static final class Reading implements AutoCloseable {
    private final Path socket;
    private final Set<Call> calls = ConcurrentHashMap.newKeySet();
    private final ConsoleThreads threads = new ConsoleThreads();
    private final Listener listener;

    Reading(Path socket) {
      this.socket = socket;
      Dispatcher dispatcher =
          new Dispatcher(
              () -> List.of(new Reader()),
              new Commands(new FakeShell().sessions(), "n1"),
              new Audit(),
              DispatcherFixture.ALONE,
              new Changes());
      listener =
          Listener.open(
              socket,
              call -> {
                threads.run(call, () -> dispatcher.answer(call));
                calls.add(call);
              },
              refused -> {});
    }

    void awaitWaiting(int count, Duration least) throws InterruptedException {
      long nanos = Math.max(1, least.toNanos());
      await(() -> calls.stream().filter(call -> call.waitsForInput() >= nanos).count() == count);
    }

    static void awaitNobody() throws InterruptedException {
      await(() -> ConsoleThreads.running() == 0);
    }

    private static void await(BooleanSupplier what) throws InterruptedException {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      while (!what.getAsBoolean()) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.sleep(2);
      }
    }

    @Override
    public void close() {
      listener.close();
      threads.retire();
    }
  }

  private static final class Reader implements SocketHandler {
    @Override
    public String verb() {
      return "apply";
    }

    @Override
    public Help help() {
      return new Help("apply", "Reads.");
    }

    @Override
    public int handle(SocketCall call) throws IOException {
      call.in().readAllBytes();
      call.out().println("done");
      return 0;
    }
  }

  private static void dribble(SocketChannel caller, CompletableFuture<?> until) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!until.isDone() && System.nanoTime() < deadline) {
      try {
        caller.write(ByteBuffer.wrap(new Frame(Frame.STDIN, new byte[] {' '}).encode()));
      } catch (IOException e) {
        return; // nobody listens any more
      }
      Thread.sleep(10);
    }
  }

  @Test
  void should_keep_room_beside_a_verb_and_for_container_runtimes() {
    ConsoleThreads threads = new ConsoleThreads();
    CountDownLatch end = new CountDownLatch(1);
    Runnable waits = () -> await(end);
    try {
      threads.run(of("flows"), waits);
      threads.run(of("flows"), waits);
      assertThatThrownBy(() -> threads.run(of("flows"), waits))
          .hasMessage(
              "weir.sock: expected at most 2 calls of flows at a time, got one more; end some of"
                  + " them, or raise console-calls");
      threads.run(of("status"), waits);
      threads.run(of("apply"), waits);
      assertThatThrownBy(() -> threads.run(of("get"), waits))
          .hasMessageContaining("at most 4 calls at a time");
      for (int i = 0; i < Limits.RESERVE; i++) {
        threads.run(of("cni"), waits);
      }
      assertThatThrownBy(() -> threads.run(of("cni"), waits))
          .hasMessageContaining("at most 36 calls");
    } finally {
      end.countDown();
      threads.retire();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private SocketChannel connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    open.add(channel);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return channel;
  }

  private static Call of(String verb) {
    Call call = new Call(new SentFrames());
    call.take(new Frame(Frame.ARGS, (verb + "\0").getBytes(UTF_8)));
    return call;
  }

  private SocketChannel call(Path socket, String verb) throws IOException {
    SocketChannel channel = connect(socket);
    channel.write(ByteBuffer.wrap(new Frame(Frame.ARGS, (verb + "\0").getBytes(UTF_8)).encode()));
    return channel;
  }

  /** All that comes, to the end. */
  private static String heard(SocketChannel channel) {
    try {
      ByteBuffer all = ByteBuffer.allocate(4096);
      while (channel.read(all) >= 0) {
        assertThat(all.hasRemaining()).isTrue();
      }
      return UTF_8.decode(all.flip()).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is said for standard error, of a call that ends as refused. */
  private static String refusal(SocketChannel channel) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(4096);
    while (channel.read(all) >= 0) {
      assertThat(all.hasRemaining()).isTrue();
    }
    List<Frame> frames = new ArrayList<>();
    new FrameDecoder().decode(all.flip(), frames::add);
    assertThat(frames).extracting(Frame::type).containsExactly(Frame.ERR, Frame.EXIT);
    assertThat(frames.get(1).payload()).containsExactly(Dispatcher.REFUSED);
    return new String(frames.get(0).payload(), UTF_8);
  }
}
