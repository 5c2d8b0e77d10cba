package io.weir.itests.cni;

import io.weir.itests.testing.TestNetns;
import io.weir.linux.Linux;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Datagrams out of a namespace to some addresses, as fast as they can be sent. */
final class Flood implements AutoCloseable {
  static final int PORT = 7777;
  private static final Pattern PACKETS = Pattern.compile("counter packets (\\d+)");

  private final AtomicLong sent = new AtomicLong();
  private final Thread thread;
  private volatile boolean over;

  Flood(Linux linux, TestNetns from, List<String> addresses) {
    List<InetSocketAddress> targets =
        addresses.stream().map(address -> new InetSocketAddress(address, PORT)).toList();
    DatagramChannel channel = linux.namespaces().call(from.path(), () -> DatagramChannel.open());
    thread = new Thread(() -> send(channel, targets), "flood-" + from.name());
    thread.start();
  }

  private void send(DatagramChannel channel, List<InetSocketAddress> targets) {
    ByteBuffer nothing = ByteBuffer.allocate(8);
    while (!over) {
      for (InetSocketAddress target : targets) {
        try {
          channel.send(nothing.rewind(), target);
          sent.incrementAndGet();
        } catch (IOException e) {
          continue; // nobody there yet
        }
      }
    }
  }

  long sent() {
    return sent.get();
  }

  /** Counts, in a pod, what arrives for the port, whether anybody listens or not. */
  static void count(TestNetns pod) {
    pod.run(
        "nft",
        "add table inet flood; add chain inet flood in { type filter hook prerouting priority raw; };"
            + " add rule inet flood in udp dport %s counter".formatted(PORT));
  }

  static long arrived(TestNetns pod) {
    Matcher matcher = PACKETS.matcher(pod.run("nft", "list", "table", "inet", "flood"));
    if (!matcher.find()) {
      throw new AssertionError("no counter");
    }
    return Long.parseLong(matcher.group(1));
  }

  @Override
  public void close() {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
