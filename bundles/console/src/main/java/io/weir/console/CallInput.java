package io.weir.console;

import io.weir.api.Problem;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Standard input of a call. The client is asked for bytes when the call first reads, and again as
 * it uses them up; so a call that does not read leaves its caller's input alone, and one that reads
 * slowly holds no more than {@link #ROOM_BYTES}. Its end is not waited for beyond a limit, for a
 * caller who sends a byte a minute holds one of the calls that all callers share.
 */
final class CallInput extends InputStream {
  static final int ROOM_BYTES = 256 << 10;

  private final Wire wire;
  private final Limits limits;
  private final Deque<byte[]> chunks = new ArrayDeque<>();
  private int offset;
  private int held;
  private int granted = Frame.EAGER_BYTES;
  private boolean asked;
  private boolean ended;
  private boolean typed;
  private boolean awaited;
  private long received;

  /** When the end was first waited for; by {@link System#nanoTime}. */
  private long begun;

  private Optional<Problem> cut = Optional.empty();

  CallInput(Wire wire) {
    this(wire, Limits.OURS);
  }

  CallInput(Wire wire, Limits limits) {
    this.wire = wire;
    this.limits = limits;
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
    received += bytes.length;
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

  /** Somebody types it, for as long as they like. */
  synchronized void typed() {
    typed = true;
    notifyAll();
  }

  /** Nanoseconds since the call has first read, if it waits for more; else 0. */
  synchronized long waited() {
    return awaited && !ended && !typed && cut.isEmpty() ? System.nanoTime() - begun : 0;
  }

  /**
   * Ends it where it is: whoever reads is told.
   *
   * @param why after what was expected: {@code its end within 600 s}
   */
  synchronized void cut(String why) {
    limits.slowInputs.increment();
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
    cut =
        Optional.of(
            Problem.of(
                    "weir.sock: standard input",
                    "its end " + why,
                    received + " bytes in " + seconds + " s")
                .remedy("write it to a file first, or raise console-input-seconds"));
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
        if (cut.isPresent()) {
          throw cut.get().asException();
        }
        if (ended) {
          return -1;
        }
        try {
          await();
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

  /** Waits for more, or for the end, or until there has been time enough. */
  private void await() throws InterruptedException {
    if (typed) {
      wait();
      return;
    }
    int seconds = limits.inputSeconds();
    long left = TimeUnit.SECONDS.toNanos(seconds) - (System.nanoTime() - begun);
    if (left <= 0) {
      cut("within " + seconds + " s");
      return;
    }
    awaited = true;
    try {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    } finally {
      awaited = false;
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
    if (!asked) {
      begun = System.nanoTime();
    }
    asked = true;
    granted += room;
    return room;
  }
}
