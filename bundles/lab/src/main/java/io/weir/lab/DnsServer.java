package io.weir.lab;

import io.weir.api.ProblemException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.Message;

/**
 * The resolver in a lab's kube-dns pod: UDP and TCP, port 53, both families. It asks the node's
 * engine for the services, and goes on with what it knew last while the engine is away.
 */
final class DnsServer {
  private static final int PORT = 53;
  private static final int DATAGRAM_MOST = 4096;
  private static final int CONNECTIONS_MOST = 8;
  private static final int IDLE_MILLIS = 10_000;

  /** What is known stays good so long; a name that is not known is asked for anew at once. */
  private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

  private static final long PATIENCE_MILLIS = 500;

  private final Client client;
  private final ExecutorService learner =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "dns-learner");
            thread.setDaemon(true);
            return thread;
          });
  private volatile ServiceNames names = ServiceNames.NONE;
  private CompletableFuture<Void> learning = CompletableFuture.completedFuture(null);
  private volatile long learnt = System.nanoTime() - FRESH_NANOS;

  DnsServer(Client client) {
    this.client = client;
  }

  /** Serves until the process ends. The TCP port opens last: who waits for it may ask by either. */
  void serve() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(PORT)) {
      ServerSocket listener = new ServerSocket(PORT);
      Thread thread = new Thread(() -> accept(listener), "dns-tcp");
      thread.setDaemon(true);
      thread.start();
      byte[] buffer = new byte[DATAGRAM_MOST];
      for (; ; ) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        answer(Arrays.copyOf(buffer, packet.getLength()))
            .ifPresent(bytes -> send(socket, packet, bytes));
      }
    }
  }

  private static void send(DatagramSocket socket, DatagramPacket query, byte[] bytes) {
    try {
      socket.send(new DatagramPacket(bytes, bytes.length, query.getSocketAddress()));
    } catch (IOException e) {
      System.err.println("weir lab dns: " + query.getSocketAddress() + ": " + e.getMessage());
    }
  }

  private void accept(ServerSocket listener) {
    ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS_MOST);
    for (; ; ) {
      try {
        Socket socket = listener.accept();
        threads.execute(() -> converse(socket));
      } catch (IOException e) {
        System.err.println("weir lab dns: " + e.getMessage());
      }
    }
  }

  /** RFC 1035 section 4.2.2: each message has its length before it, in two bytes. */
  private void converse(Socket socket) {
    try (socket) {
      socket.setSoTimeout(IDLE_MILLIS);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      for (; ; ) {
        Optional<byte[]> answer = answer(in.readNBytes(in.readUnsignedShort()));
        if (answer.isEmpty()) {
          return;
        }
        out.writeShort(answer.get().length);
        out.write(answer.get());
        out.flush();
      }
    } catch (EOFException e) {
      // The client has done.
    } catch (IOException e) {
      System.err.println(
          "weir lab dns: " + socket.getRemoteSocketAddress() + ": " + e.getMessage());
    }
  }

  /** Empty for what is no DNS message. */
  private Optional<byte[]> answer(byte[] query) {
    try {
      return Optional.of(DnsAnswers.answer(new Message(query), this::find).toWire());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** A known name does not wait long for an engine that is away; one that is not known does. */
  private Optional<List<String>> find(String namespace, String name) {
    Optional<List<String>> known = names.find(namespace, name);
    CompletableFuture<Void> news;
    synchronized (this) {
      boolean fresh = System.nanoTime() - learnt < FRESH_NANOS;
      boolean asking = !learning.isDone();
      if (known.isPresent() && (fresh || asking)) {
        return known;
      }
      if (!asking) {
        learning = CompletableFuture.runAsync(this::learn, learner);
      }
      news = learning;
    }
    if (known.isEmpty()) {
      news.join();
    } else {
      news.copy().completeOnTimeout(null, PATIENCE_MILLIS, TimeUnit.MILLISECONDS).join();
    }
    return names.find(namespace, name);
  }

  private void learn() {
    try {
      names = ServiceNames.of(client.get("services"), client.get("endpointslices"));
      learnt = System.nanoTime();
    } catch (ProblemException e) {
      System.err.println("weir lab dns: " + e.getMessage());
    }
  }
}
