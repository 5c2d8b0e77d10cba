package io.weir.console;

import io.weir.api.Problem;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Standard input of a call. The client is asked for bytes when the call first reads, and again as
 * it uses them up; so a call that does not read leaves its caller's input alone, and one that reads
 * slowly holds no more than {@link #ROOM_BYTES}.
 */
final class CallInput extends InputStream {
  static final int ROOM_BYTES = 256 << 10;

  private final Wire wire;
  private final Deque<byte[]> chunks = new ArrayDeque<>();
  private int offset;
  private int held;
  private int granted = Frame.EAGER_BYTES;
  private boolean asked;
  private boolean ended;

  CallInput(Wire wire) {
    this.wire = wire;
  }

  /**
   * Takes what the client sent.
   *
   * @throws io.weir.api.ProblemException for more than it was asked for
   */
  synchronized void add(byte[] bytes) {
    if (bytes.length > granted) {
      throw Problem.of(
              "weir.sock: standard input", "at most " + granted + " bytes", bytes.length + "")
          .asException();
    }
    granted -= bytes.length;
    if (bytes.length > 0 && !ended) {
      chunks.add(bytes);
      held += bytes.length;
      notifyAll();
    }
  }

  synchronized void end() {
    ended = true;
    notifyAll();
  }

  @Override
  public int read() throws InterruptedIOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int at, int most) throws InterruptedIOException {
    if (most == 0) {
      return 0;
    }
    int more = grant();
    if (more > 0) {
      wire.send(Frame.read(more)); // not under the lock: it may wait for the client
    }
    synchronized (this) {
      while (chunks.isEmpty()) {
        if (ended) {
          return -1;
        }
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("the call was ended");
        }
      }
      byte[] chunk = chunks.peek();
      int count = Math.min(most, chunk.length - offset);
      System.arraycopy(chunk, offset, to, at, count);
      offset += count;
      held -= count;
      if (offset == chunk.length) {
        chunks.remove();
        offset = 0;
      }
      return count;
    }
  }

  @Override
  public synchronized int available() {
    return held;
  }

  /** What the client may send on top: all the room at first, and again when half of it is used. */
  private synchronized int grant() {
    int room = ROOM_BYTES - held - (asked ? granted : 0);
    if (ended || (asked && room < ROOM_BYTES / 2)) {
      return 0;
    }
    asked = true;
    granted += room;
    return room;
  }
}
