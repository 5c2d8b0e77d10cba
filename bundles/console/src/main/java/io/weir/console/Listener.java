package io.weir.console;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import io.weir.api.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on {@code weir.sock}. The listening socket can be taken over from a predecessor and given
 * to a successor: it is never closed in between, so nobody is refused, and who connects meanwhile
 * waits in its queue.
 */
final class Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
  private static final int QUEUE = 256;
  private static final WriteBufferWaterMark ROOM = new WriteBufferWaterMark(64 << 10, 256 << 10);

  private final Path path;
  private final EventLoopGroup loop;
  private final ChannelGroup connections;
  private final Channel listening;

  private volatile boolean groupMay;

  private Listener(
      Path path, OptionalInt descriptor, Consumer<Call> calls, Consumer<Caller> refused)
      throws IOException {
    this.path = path;
    int ownUser = (Integer) Files.getAttribute(path.getParent(), "unix:uid");
    Connection.Gatekeeper gatekeeper =
        peer -> {
          boolean master = peer.uid() == 0 || peer.uid() == ownUser;
          Caller caller = new Caller(peer.uid(), firstOf(peer.gids()), peer.pid(), master);
          if (!master && !groupMay) {
            refused.accept(caller);
            return Optional.empty();
          }
          return Optional.of(caller);
        };
    loop = new MultiThreadIoEventLoopGroup(1, ConsoleThreads::socket, EpollIoHandler.newFactory());
    connections = new DefaultChannelGroup(loop.next());
    Crowd crowd = new Crowd(connections, Limits.OURS);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .option(ChannelOption.SO_BACKLOG, QUEUE)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, ROOM)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    Optional<Problem> refusal = crowd.refusal();
                    if (refusal.isPresent()) {
                      Connection.turnAway(channel, refusal.get());
                      return;
                    }
                    connections.add(channel);
                    channel.pipeline().addLast(new Connection(gatekeeper, calls));
                  }
                });
    if (descriptor.isPresent()) {
      // Told to be active already, Netty asks the kernel for its events when it is registered.
      listening =
          bootstrap
              .channelFactory(() -> new EpollServerDomainSocketChannel(descriptor.getAsInt(), true))
              .register()
              .syncUninterruptibly()
              .channel();
    } else {
      Files.deleteIfExists(path); // the engine's lock is ours: whoever listened there is dead
      listening =
          bootstrap
              .channel(EpollServerDomainSocketChannel.class)
              .bind(new DomainSocketAddress(path.toFile()))
              .syncUninterruptibly()
              .channel();
    }
  }

  /** Opens the socket in a directory that is root's alone. */
  static Listener open(Path path, Consumer<Call> calls, Consumer<Caller> refused) {
    return make(path, OptionalInt.empty(), calls, refused);
  }

  /** Goes on with a socket that listens already. */
  static Listener adopt(Path path, int descriptor, Consumer<Call> calls, Consumer<Caller> refused) {
    return make(path, OptionalInt.of(descriptor), calls, refused);
  }

  private static int firstOf(int[] groups) {
    return groups.length > 0 ? groups[0] : -1;
  }

  /** Sets who may call from now on: root, and the members of the group. */
  void access(Optional<String> group) {
    groupMay = group.isPresent();
    SocketAccess.apply(path, group);
  }

  /** Whether the socket can be called still; it is closed when its file has been removed. */
  static boolean reachable(Path path, int descriptor) {
    if (Files.exists(path)) {
      return true;
    }
    try {
      new FileDescriptor(descriptor).close();
    } catch (IOException e) {
      LOG.warn("{}: {}", path, e.getMessage());
    }
    return false;
  }

  private static Listener make(
      Path path, OptionalInt descriptor, Consumer<Call> calls, Consumer<Caller> refused) {
    try {
      Files.createDirectories(path.getParent());
      if (descriptor.isEmpty()) { // else its group, if there is one, goes on having it
        Files.setPosixFilePermissions(
            path.getParent(), PosixFilePermissions.fromString("rwx------"));
      }
      return new Listener(path, descriptor, calls, refused);
    } catch (Exception e) { // Netty throws the checked exceptions of its futures undeclared
      throw Problem.of(path.toString(), "a socket to listen on", String.valueOf(e.getMessage()))
          .asException();
    }
  }

  /**
   * Stops accepting, and gives the listening socket away. Calls that run go on for {@code most},
   * and are cut then.
   */
  int retire(Duration most) {
    listening.deregister().syncUninterruptibly();
    int descriptor = descriptor();
    loop.schedule(
        () -> {
          if (!connections.isEmpty()) {
            LOG.warn("weir.sock: {} calls were cut after {}", connections.size(), most);
          }
          connections.close();
        },
        most.toMillis(),
        TimeUnit.MILLISECONDS);
    connections
        .newCloseFuture()
        .addListener(ended -> loop.shutdownGracefully(0, 1, TimeUnit.SECONDS));
    return descriptor;
  }

  int descriptor() {
    return ((UnixChannel) listening).fd().intValue();
  }

  /** Ends all calls, and closes the socket in this process only: somebody else has it too. */
  void leave() {
    listening.close().syncUninterruptibly();
    connections.close();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** Ends all calls and closes the socket for good. */
  void close() {
    leave();
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.warn("{}: {}", path, e.getMessage());
    }
  }
}
