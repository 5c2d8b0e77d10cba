package io.weir.itests.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** weir.sock for one handler, in the form of bundles/console/src/main/c/frames.h. */
final class SocketServer implements AutoCloseable {
  private static final int ARGS = 1;
  private static final int ENV = 2;
  private static final int STDIN = 3;
  private static final int STDIN_END = 4;
  private static final int OUT = 16;
  private static final int ERR = 17;
  private static final int EXIT = 18;

  private final ServerSocketChannel server;
  private final SocketHandler handler;
  private final Path path;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  SocketServer(Path path, SocketHandler handler) {
    this.path = path;
    this.handler = handler;
    try {
      Files.createDirectories(path.getParent());
      Files.deleteIfExists(path);
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(path), 512);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.execute(this::accept);
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel channel = server.accept();
        threads.execute(() -> serve(channel));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
      DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel));
      Call call = read(in, out);
      int code;
      try {
        code = handler.handle(call);
      } catch (Exception e) {
        call.err().println(e);
        code = 1;
      }
      frame(out, EXIT, new byte[] {(byte) code}, 1);
    } catch (IOException e) {
      return; // the plugin has gone
    }
  }

  private static Call read(DataInputStream in, DataOutputStream out) throws IOException {
    Map<String, String> environment = new HashMap<>();
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    while (true) {
      byte[] payload = new byte[in.readInt()];
      int type = in.readByte();
      in.readFully(payload);
      switch (type) {
        case ENV -> {
          for (String word : new String(payload, UTF_8).split("\0")) {
            String[] pair = word.split("=", 2);
            environment.put(pair[0], pair[1]);
          }
        }
        case ARGS -> {}
        case STDIN -> input.write(payload);
        case STDIN_END -> {
          return new Call(
              environment,
              new ByteArrayInputStream(input.toByteArray()),
              stream(out, OUT),
              stream(out, ERR));
        }
        default -> throw new IOException("frame " + type);
      }
    }
  }

  private static PrintStream stream(DataOutputStream out, int type) {
    OutputStream frames =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int from, int count) throws IOException {
            frame(out, type, java.util.Arrays.copyOfRange(bytes, from, from + count), count);
          }
        };
    return new PrintStream(frames, true, UTF_8);
  }

  private static synchronized void frame(DataOutputStream out, int type, byte[] bytes, int count)
      throws IOException {
    out.writeInt(count);
    out.writeByte(type);
    out.write(bytes, 0, count);
    out.flush();
  }

  /** A stream that no longer takes what is printed belongs to a plugin that has gone. */
  private record Call(
      Map<String, String> environment, InputStream in, PrintStream out, PrintStream err)
      implements SocketCall {
    @Override
    public List<String> arguments() {
      return List.of();
    }

    @Override
    public boolean cancelled() {
      return out.checkError();
    }

    @Override
    public void onCancel(Runnable action) {
      throw new UnsupportedOperationException();
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.shutdown();
  }
}
