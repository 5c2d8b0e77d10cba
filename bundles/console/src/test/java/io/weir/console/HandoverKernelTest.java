package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.UnixChannel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.state.HandoverShelf;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A connection of TCP outlives the bundle, and the process, that has it. */
@NeedsRoot
@Timeout(120)
class HandoverKernelTest {
  private static final int LIVES = 4;
  private static final int SWAPS = 20;
  private static final int NO_ANSWER_MILLIS = 20_000;

  @TempDir Path directory;

  /**
   *
   *
   * <pre>
   * test   ── bytes ──►  process 1 ✝ … process 2 ✝ … process 3
   *        ◄── echo ───
   * </pre>
   *
   * What is sent while nobody is there waits in the kernel.
   */
  @Test
  void should_lose_no_byte_of_a_connection_whose_process_is_killed() throws Exception {
    try (FakeNode node = new FakeNode(directory, FakeNode.java(EchoLife.class, directory + ""))) {
      Process process = node.start();
      int port = Integer.parseInt(node.await("port"));
      Random random = new Random(1);
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(NO_ANSWER_MILLIS);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        for (int life = 1; life <= LIVES; life++) {
          node.await(Integer.toString(life));
          byte[] there = bytes(random, 1 << 20);
          CompletableFuture<Void> sent = send(socket.getOutputStream(), there);
          assertThat(in.readNBytes(there.length)).isEqualTo(there);
          sent.join();

          FakeNode.kill(process);
          byte[] away = bytes(random, 64 << 10);
          socket.getOutputStream().write(away);
          process = node.start();
          assertThat(in.readNBytes(away.length)).as("of life %d", life).isEqualTo(away);
        }
      }
    }
  }

  /** The holder is killed first, and then the process: another holder has been told meanwhile. */
  @Test
  void should_lose_no_byte_though_the_holder_was_killed_before() throws Exception {
    try (FakeNode node = new FakeNode(directory, FakeNode.java(EchoLife.class, directory + ""))) {
      Process process = node.start();
      int port = Integer.parseInt(node.await("port"));
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(NO_ANSWER_MILLIS);
        node.await("1");
        ProcessHandle first = node.holderProcess();
        first.destroyForcibly();
        first.onExit().join();
        node.awaitHolder(first);

        FakeNode.kill(process);
        byte[] away = bytes(new Random(3), 64 << 10);
        socket.getOutputStream().write(away);
        node.start();
        assertThat(socket.getInputStream().readNBytes(away.length)).isEqualTo(away);
      }
    }
  }

  /** One bundle parks it in mid-stream, the next takes it, twenty times. */
  @Test
  void should_lose_no_byte_of_a_connection_that_goes_from_bundle_to_bundle() throws Exception {
    HandoverShelf shelf = new HandoverShelf();
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    CompletableFuture<Channel> accepted = new CompletableFuture<>();
    Channel server = EchoLife.listen(loop, accepted::complete);
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      Channel channel = accepted.get();
      server.close().syncUninterruptibly();
      byte[] all = bytes(new Random(2), 8 << 20);
      CompletableFuture<Void> sent = send(socket.getOutputStream(), all);
      InputStream in = socket.getInputStream();
      int piece = all.length / SWAPS;
      byte[] echoed = new byte[all.length];
      AtomicInteger got = new AtomicInteger();
      CompletableFuture<Void> read = CompletableFuture.runAsync(() -> fill(in, echoed, got));
      for (int swap = 0; swap < SWAPS; swap++) {
        awaitMore(got, swap * piece);
        shelf.park("echo", List.of(retire(channel)), new byte[0]);
        EventLoopGroup next = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        channel = EchoLife.adopt(shelf.take("echo").orElseThrow().descriptors().get(0), next);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        loop = next;
      }
      read.join();
      assertThat(echoed).isEqualTo(all);
      sent.join();
      channel.close().syncUninterruptibly();
    } finally {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  private static void fill(InputStream in, byte[] bytes, AtomicInteger got) {
    try {
      while (got.get() < bytes.length) {
        int count = in.read(bytes, got.get(), bytes.length - got.get());
        if (count < 0) {
          throw new IOException("the end after " + got + " bytes");
        }
        got.addAndGet(count);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitMore(AtomicInteger got, int than) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (got.get() <= than) {
      assertThat(System.nanoTime()).as("more than " + than + " bytes").isLessThan(deadline);
      Thread.sleep(1);
    }
  }

  /** Reads no more, and gives the descriptor away when all that was read has been answered. */
  private static int retire(Channel channel) {
    channel.eventLoop().submit(() -> channel.config().setAutoRead(false)).syncUninterruptibly();
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).syncUninterruptibly();
    channel.deregister().syncUninterruptibly();
    return ((UnixChannel) channel).fd().intValue();
  }

  private static CompletableFuture<Void> send(OutputStream to, byte[] bytes) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            to.write(bytes);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static byte[] bytes(Random random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
