package io.weir.console;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** One of the outputs of a call: what is flushed becomes frames. */
final class CallOutput extends OutputStream {
  private static final int CHUNK_BYTES = 32 << 10;

  private final Wire wire;
  private final int type;
  private final byte[] held = new byte[CHUNK_BYTES];
  private int count;
  private volatile boolean written;

  CallOutput(Wire wire, int type) {
    this.wire = wire;
    this.type = type;
  }

  @Override
  public synchronized void write(int b) throws IOException {
    written = true;
    if (count == held.length) {
      flush();
    }
    held[count++] = (byte) b;
  }

  @Override
  public synchronized void write(byte[] bytes, int at, int length) throws IOException {
    written = true;
    for (int done = 0; done < length; ) {
      if (count == held.length) {
        flush();
      }
      int more = Math.min(length - done, held.length - count);
      System.arraycopy(bytes, at + done, held, count, more);
      count += more;
      done += more;
    }
  }

  /** Whether anything was written, sent or not. */
  boolean written() {
    return written;
  }

  @Override
  public synchronized void flush() throws IOException {
    if (count == 0) {
      return;
    }
    byte[] payload = Arrays.copyOf(held, count);
    count = 0;
    if (!wire.send(new Frame(type, payload))) {
      throw new IOException("the client has gone");
    }
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
