package io.weir.console;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.UnixChannel;
import io.weir.api.Descriptors;
import io.weir.api.Handover;
import io.weir.linux.Linux;
import io.weir.state.HandoverShelf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Stands for an engine that is killed: echoes one connection of TCP. Its first life accepts it, the
 * others go on with it. The argument is a directory, where each life leaves a file of its number
 * once it is at work.
 */
final class EchoLife {
  private static final String NAME = "echo/connection";

  private EchoLife() {}

  static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.writeAndFlush(message);
    }
  }

  public static void main(String[] arguments) {
    Path directory = Path.of(arguments[0]);
    HandoverShelf shelf = new HandoverShelf();
    shelf.closer((Descriptors) Linux.open());
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Optional<Handover.Parcel> parcel = shelf.take(NAME);
    if (parcel.isEmpty()) {
      begin(directory, shelf, loop);
      return;
    }
    Channel channel = adopt(parcel.get().descriptors().get(0), loop);
    int life = parcel.get().state()[0] + 1;
    shelf.keep(NAME, List.of(((UnixChannel) channel).fd().intValue()), new byte[] {(byte) life});
    say(directory, Integer.toString(life), "");
  }

  static Channel adopt(int descriptor, EventLoopGroup loop) {
    Channel channel = new EpollSocketChannel(descriptor);
    channel.pipeline().addLast(new Echo());
    loop.register(channel).syncUninterruptibly();
    return channel;
  }

  static Channel listen(EventLoopGroup loop, Consumer<Channel> accepted) {
    return new ServerBootstrap()
        .group(loop)
        .channel(EpollServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new Echo());
                accepted.accept(channel);
              }
            })
        .bind(InetAddress.getLoopbackAddress(), 0)
        .syncUninterruptibly()
        .channel();
  }

  private static void begin(Path directory, Handover shelf, EventLoopGroup loop) {
    Channel server =
        listen(
            loop,
            channel -> {
              int descriptor = ((UnixChannel) channel).fd().intValue();
              shelf.keep(NAME, List.of(descriptor), new byte[] {1});
              say(directory, "1", "");
            });
    say(directory, "port", Integer.toString(((InetSocketAddress) server.localAddress()).getPort()));
  }

  private static void say(Path directory, String file, String content) {
    try {
      Path fresh = Files.writeString(directory.resolve("." + file), content);
      Files.move(fresh, directory.resolve(file), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
