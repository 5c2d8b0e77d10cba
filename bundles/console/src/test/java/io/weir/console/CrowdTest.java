package io.weir.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More callers than there is room for. */
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
  void asBefore() throws IOException {
    Limits.OURS.set(Limits.DEFAULT_CALLS, Limits.DEFAULT_CONNECTIONS);
    for (SocketChannel channel : open) {
      channel.close();
    }
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
        Listener.open(socket, call -> threads.run(call.verb(), () -> await(end)), refused -> {});
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

  @Test
  void should_keep_room_beside_a_verb_and_for_container_runtimes() {
    ConsoleThreads threads = new ConsoleThreads();
    CountDownLatch end = new CountDownLatch(1);
    Runnable waits = () -> await(end);
    try {
      threads.run("flows", waits);
      threads.run("flows", waits);
      assertThatThrownBy(() -> threads.run("flows", waits))
          .hasMessage(
              "weir.sock: expected at most 2 calls of flows at a time, got one more; end some of"
                  + " them, or raise console-calls");
      threads.run("status", waits);
      threads.run("apply", waits);
      assertThatThrownBy(() -> threads.run("get", waits))
          .hasMessageContaining("at most 4 calls at a time");
      for (int i = 0; i < Limits.RESERVE; i++) {
        threads.run("cni", waits);
      }
      assertThatThrownBy(() -> threads.run("cni", waits)).hasMessageContaining("at most 36 calls");
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

  private SocketChannel call(Path socket, String verb) throws IOException {
    SocketChannel channel = connect(socket);
    channel.write(ByteBuffer.wrap(new Frame(Frame.ARGS, (verb + "\0").getBytes(UTF_8)).encode()));
    return channel;
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
