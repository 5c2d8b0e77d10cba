package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ListenerTest {
  @TempDir Path directory;

  @Test
  void should_answer_who_connects_before_between_and_after_a_hand_over() throws Exception {
    Path socket = directory.resolve("run/weir.sock");
    BlockingQueue<String> first = new LinkedBlockingQueue<>();
    BlockingQueue<String> second = new LinkedBlockingQueue<>();
    Listener old = Listener.open(socket, call -> first.add(call.verb()), refused -> {});
    SocketChannel before = call(socket, "before");
    assertThat(first.poll(10, TimeUnit.SECONDS)).isEqualTo("before");

    int descriptor = old.retire(Duration.ofSeconds(30));
    SocketChannel between = call(socket, "between");
    Listener next =
        Listener.adopt(socket, descriptor, call -> second.add(call.verb()), refused -> {});
    try (before;
        between;
        SocketChannel after = call(socket, "after")) {
      assertThat(second.poll(10, TimeUnit.SECONDS)).isEqualTo("between");
      assertThat(second.poll(10, TimeUnit.SECONDS)).isEqualTo("after");
      assertThat(after.isConnected()).isTrue();
    } finally {
      next.close();
    }
    assertThat(first).isEmpty();
  }

  @Test
  void should_end_without_a_reset_for_who_still_sends_and_not_wait_for_ever() throws Exception {
    Path socket = directory.resolve("run/weir.sock");
    Listener listener = Listener.open(socket, call -> call.exit(7), refused -> {});
    try (SocketChannel caller = call(socket, "apply")) {
      byte[] exit = Frame.exit(7).encode();
      ByteBuffer heard = ByteBuffer.allocate(exit.length);
      while (heard.hasRemaining()) {
        assertThat(caller.read(heard)).isPositive();
      }
      assertThat(heard.array()).isEqualTo(exit);
      caller.write(input());
      assertThat(caller.read(ByteBuffer.allocate(1))).isEqualTo(-1);

      assertThatThrownBy(
              () -> {
                for (long end = System.nanoTime() + 10_000_000_000L; System.nanoTime() < end; ) {
                  caller.write(input());
                  Thread.sleep(10);
                }
              })
          .isInstanceOf(IOException.class);
    } finally {
      listener.close();
    }
  }

  private static ByteBuffer input() {
    return ByteBuffer.wrap(new Frame(Frame.STDIN, new byte[] {' '}).encode());
  }

  @Test
  void should_not_begin_the_call_of_a_caller_who_has_gone() throws Exception {
    Path socket = directory.resolve("run/weir.sock");
    BlockingQueue<String> second = new LinkedBlockingQueue<>();
    Listener old = Listener.open(socket, call -> {}, refused -> {});
    int descriptor = old.retire(Duration.ZERO);
    call(socket, "gone").close();
    Listener next =
        Listener.adopt(socket, descriptor, call -> second.add(call.verb()), refused -> {});
    try (SocketChannel after = call(socket, "after")) {
      assertThat(second.poll(10, TimeUnit.SECONDS)).isEqualTo("after");
      assertThat(after.isConnected()).isTrue();
    } finally {
      next.close();
    }
  }

  private static SocketChannel call(Path socket, String verb) throws Exception {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    byte[] words = (verb + "\0").getBytes(StandardCharsets.UTF_8);
    channel.write(ByteBuffer.wrap(new Frame(Frame.ARGS, words).encode()));
    return channel;
  }
}
