package io.weir.console;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A client that keeps what it is sent, until it goes. */
final class SentFrames implements Wire {
  private final List<Frame> frames = new ArrayList<>();
  private boolean gone;

  @Override
  public synchronized boolean send(Frame frame) {
    if (!gone) {
      frames.add(frame);
      notifyAll();
    }
    return !gone;
  }

  synchronized void go() {
    gone = true;
  }

  synchronized List<Integer> types() {
    return frames.stream().map(Frame::type).toList();
  }

  synchronized List<Integer> sizes(int type) {
    return frames.stream()
        .filter(frame -> frame.type() == type)
        .map(frame -> frame.payload().length)
        .toList();
  }

  /** How many bytes each {@link Frame#READ} asked for. */
  synchronized List<Integer> asked() {
    return frames.stream()
        .filter(frame -> frame.type() == Frame.READ)
        .map(frame -> java.nio.ByteBuffer.wrap(frame.payload()).getInt())
        .toList();
  }

  /** All that came on one output. */
  synchronized String text(int type) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    frames.stream()
        .filter(frame -> frame.type() == type)
        .forEach(frame -> bytes.writeBytes(frame.payload()));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The exit code; −1 while there is none. */
  synchronized int exit() {
    return frames.stream()
        .filter(frame -> frame.type() == Frame.EXIT)
        .mapToInt(frame -> frame.payload()[0] & 0xff)
        .findFirst()
        .orElse(-1);
  }

  /** Returns once there are so many frames. */
  synchronized void await(int count) throws InterruptedException {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (frames.size() < count) {
      long rest = (deadline - System.nanoTime()) / 1_000_000;
      if (rest <= 0) {
        throw new AssertionError("expected " + count + " frames within 10 s, got " + frames);
      }
      wait(rest);
    }
  }
}
