package io.weir.console;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of {@code weir.sock}: frames in, to its {@link Call}; frames out, waiting while
 * the client takes nothing. Sockets are read all the time, since what a client may send is bounded
 * by what it was asked for, and {@code CANCEL} must come through.
 */
final class Connection extends ChannelInboundHandlerAdapter implements Wire {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final int SECONDS_TO_BEGIN = 10;

  private final Gatekeeper gatekeeper;
  private final Consumer<Call> calls;
  private final FrameDecoder decoder = new FrameDecoder();
  private final Call call = new Call(this);
  private final Object room = new Object();
  private final long born = System.nanoTime();
  private volatile Channel channel;
  private volatile boolean over;
  private boolean turnedOut;

  /** Lets callers in, or not. */
  @FunctionalInterface
  interface Gatekeeper {
    /** The caller; none where it is not to be let in. */
    Optional<Caller> caller(PeerCredentials peer);
  }

  /**
   * @param calls takes each call that begins, and answers it on another thread
   */
  Connection(Gatekeeper gatekeeper, Consumer<Call> calls) {
    this.gatekeeper = gatekeeper;
    this.calls = calls;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) throws IOException {
    channel = context.channel();
    PeerCredentials peer = ((EpollDomainSocketChannel) channel).peerCredentials();
    Optional<Caller> caller = gatekeeper.caller(peer);
    caller.ifPresent(call::caller);
    if (caller.isEmpty()) {
      refuse(Problem.of("weir.sock", "root", "user " + peer.uid()), 1);
      return;
    }
    Parting.unlessClosed(
        channel,
        SECONDS_TO_BEGIN,
        () -> {
          if (isSilent()) {
            turnOut();
          }
        });
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      if (over) {
        return; // what is still sent is heard by nobody, but not held against who sends it
      }
      decoder.decode(bytes.nioBuffer(), this::take);
    } catch (ProblemException e) {
      call.cancel();
      refuse(e.problem(), 2);
    } finally {
      bytes.release();
    }
  }

  private void take(Frame frame) {
    if (call.take(frame)) {
      channel.eventLoop().execute(this::begin); // after all that is there was read: its end too
    }
  }

  /**
   * Nobody's call is not begun: it may have waited in the queue, without an engine, for longer than
   * its caller.
   */
  private void begin() {
    if (!channel.isActive()) {
      return;
    }
    try {
      calls.accept(call);
    } catch (ProblemException e) {
      call.cancel();
      refuse(e.problem(), 1);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    call.cancel();
    wake();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    wake();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) { // that one is a client that has gone
      LOG.error("weir.sock: a connection was closed for an error within", cause);
    }
    context.close();
  }

  /** Says why, ends the call, and the connection with it; for the connection's own thread. */
  private void refuse(Problem problem, int code) {
    over = true;
    Parting.after(say(channel, problem, code));
  }

  /** Says why, and waits for nobody: there is no room for one who stays. */
  static void turnAway(Channel channel, Problem problem) {
    say(channel, problem, 1).addListener(ChannelFutureListener.CLOSE);
  }

  private static ChannelFuture say(Channel channel, Problem problem, int code) {
    byte[] sentence = ("weir: " + problem.sentence() + "\n").getBytes(StandardCharsets.UTF_8);
    channel.write(bytes(new Frame(Frame.ERR, sentence)));
    return channel.writeAndFlush(bytes(Frame.exit(code)));
  }

  @Override
  public boolean send(Frame frame) {
    Channel to = channel;
    if (!to.eventLoop().inEventLoop() && !awaitRoom(to)) {
      return false;
    }
    if (frame.type() == Frame.EXIT) {
      over = true;
      Parting.after(to.writeAndFlush(bytes(frame)));
    } else {
      to.writeAndFlush(bytes(frame));
    }
    return to.isActive();
  }

  private boolean awaitRoom(Channel to) {
    synchronized (room) {
      while (to.isActive() && !to.isWritable()) {
        try {
          room.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
    }
    return to.isActive();
  }

  /** Whether the caller has not called yet, and was not turned out for it. */
  boolean isSilent() {
    return !call.begun() && !turnedOut;
  }

  /** Nanoseconds. */
  long age() {
    return System.nanoTime() - born;
  }

  /** Ends the connection of one who does not call. */
  void turnOut() {
    turnedOut = true;
    Limits.OURS.silentConnections.increment();
    turnAway(
        channel,
        Problem.of(
                "weir.sock", "a call", "none for " + TimeUnit.NANOSECONDS.toSeconds(age()) + " s")
            .remedy("connect when there is something to say"));
  }

  private static ByteBuf bytes(Frame frame) {
    return Unpooled.wrappedBuffer(frame.encode());
  }

  private void wake() {
    synchronized (room) {
      room.notifyAll();
    }
  }
}
