package io.weir.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Listens where an engine would, reads a call as the plugin sends it, and answers as it is told.
 */
final class FakeEngine implements AutoCloseable {
  static final int ENV = 2;
  static final int ARGS = 1;
  static final int STDIN = 3;
  static final int STDIN_END = 4;
  static final int OUT = 16;
  static final int ERR = 17;
  static final int EXIT = 18;

  private final ServerSocketChannel server;
  private final Thread thread;

  /** What to do with a call. */
  interface Answer {
    void give(Call call, Connection connection) throws IOException, InterruptedException;
  }

  /** A call, as it came. */
  record Call(Map<String, String> environment, String verb, String input) {}

  /** The way back to the plugin. */
  record Connection(DataOutputStream stream) {
    void send(int type, String text) throws IOException {
      send(type, text.getBytes(UTF_8));
    }

    void exit(int code) throws IOException {
      send(EXIT, new byte[] {(byte) code});
    }

    private void send(int type, byte[] bytes) throws IOException {
      stream.writeInt(bytes.length);
      stream.writeByte(type);
      stream.write(bytes);
      stream.flush();
    }
  }

  FakeEngine(Path run, String node, Answer answer) throws IOException {
    Path socket = Files.createDirectories(run.resolve(node)).resolve("weir.sock");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    thread = new Thread(() -> serve(answer), "fake-engine");
    thread.start();
  }

  private void serve(Answer answer) {
    while (true) {
      try (SocketChannel channel = server.accept()) {
        DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
        DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel));
        answer.give(read(in), new Connection(out));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | InterruptedException e) {
        continue; // the plugin gave up on this call
      }
    }
  }

  private static Call read(DataInputStream in) throws IOException {
    Map<String, String> environment = new HashMap<>();
    String verb = "";
    StringBuilder input = new StringBuilder();
    while (true) {
      byte[] payload = new byte[in.readInt()];
      int type = in.readByte();
      in.readFully(payload);
      String text = new String(payload, UTF_8);
      switch (type) {
        case ENV ->
            Arrays.stream(text.split("\0"))
                .map(word -> word.split("=", 2))
                .forEach(pair -> environment.put(pair[0], pair[1]));
        case ARGS -> verb = text.split("\0")[0];
        case STDIN -> input.append(text);
        case STDIN_END -> {
          return new Call(environment, verb, input.toString());
        }
        default -> throw new IOException("frame " + type);
      }
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    server.close();
    thread.interrupt();
    thread.join();
  }
}
