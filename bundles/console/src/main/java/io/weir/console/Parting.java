package io.weir.console;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * How a connection ends when all has been said: the client hears the end, and closes. A socket that
 * is closed over bytes nobody has read tells the other side of a reset instead ({@code
 * unix_release_sock}, Linux {@code net/unix/af_unix.c}), and a client that still sends its input
 * would take an answer for a failure.
 */
final class Parting {
  /** For an answer that the client does not take. */
  private static final int SECONDS_TO_TAKE = 60;

  /** For a client that has heard the end and stays. */
  private static final int SECONDS_TO_GO = 1;

  private Parting() {}

  /**
   * @param last the last that is said
   */
  static void after(ChannelFuture last) {
    Channel channel = last.channel();
    unlessClosed(channel, SECONDS_TO_TAKE, channel::close);
    last.addListener(
        said -> {
          if (!said.isSuccess()) {
            channel.close();
            return;
          }
          ((DuplexChannel) channel).shutdownOutput();
          unlessClosed(channel, SECONDS_TO_GO, channel::close);
        });
  }

  /** A timer holds its channel: of one that has been closed nothing is to stay for a minute. */
  static void unlessClosed(Channel channel, int seconds, Runnable act) {
    ScheduledFuture<?> timer = channel.eventLoop().schedule(act, seconds, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> timer.cancel(false));
  }
}
