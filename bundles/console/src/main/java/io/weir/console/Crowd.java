package io.weir.console;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.weir.api.Problem;
import java.util.Comparator;
import java.util.Optional;

/**
 * Who stays when too many connect: those that call. A connection that has not called for the
 * longest goes for one that comes; a caller of ours calls at once.
 */
final class Crowd {
  private final ChannelGroup connections;
  private final Limits limits;

  Crowd(ChannelGroup connections, Limits limits) {
    this.connections = connections;
    this.limits = limits;
  }

  /** Why one that comes has to go; for the thread of the connections. */
  Optional<Problem> refusal() {
    if (connections.size() < limits.connections()) {
      return Optional.empty();
    }
    Optional<Connection> silent =
        connections.stream()
            .map(Crowd::connection)
            .flatMap(Optional::stream)
            .filter(Connection::isSilent)
            .min(Comparator.comparingLong(Connection::age).reversed());
    if (silent.isPresent()) {
      silent.get().turnOut();
      return Optional.empty();
    }
    limits.refusedConnections.increment();
    return Optional.of(
        Problem.of("weir.sock", "at most " + limits.connections() + " connections", "one more")
            .remedy("end some of them, or raise console-connections"));
  }

  private static Optional<Connection> connection(Channel channel) {
    return Optional.ofNullable(channel.pipeline().get(Connection.class));
  }
}
