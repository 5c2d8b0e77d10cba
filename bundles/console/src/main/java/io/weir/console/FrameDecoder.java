package io.weir.console;

import io.weir.api.Problem;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts a stream of bytes into frames. It holds at most one frame, and grows with what has really
 * come, not with what a header announces.
 */
final class FrameDecoder {
  private static final int FIRST_ROOM = 256;

  private byte[] held = new byte[FIRST_ROOM];
  private int count;

  /**
   * Takes all of {@code bytes}, and hands on each frame that is complete.
   *
   * @throws io.weir.api.ProblemException for a frame that announces more than {@link
   *     Frame#MOST_PAYLOAD_BYTES}; the stream is of no use then
   */
  void decode(ByteBuffer bytes, Consumer<Frame> frames) {
    while (bytes.hasRemaining()) {
      int wanted = count < Frame.HEADER_BYTES ? Frame.HEADER_BYTES : Frame.HEADER_BYTES + length();
      take(bytes, Math.min(wanted - count, bytes.remaining()));
      if (count >= Frame.HEADER_BYTES && count == Frame.HEADER_BYTES + length()) {
        Frame frame =
            new Frame(
                held[Frame.HEADER_BYTES - 1], Arrays.copyOfRange(held, Frame.HEADER_BYTES, count));
        count = 0;
        held = held.length > FIRST_ROOM ? new byte[FIRST_ROOM] : held;
        frames.accept(frame);
      }
    }
  }

  private void take(ByteBuffer bytes, int more) {
    if (count + more > held.length) {
      held = Arrays.copyOf(held, Math.max(count + more, 2 * held.length));
    }
    bytes.get(held, count, more);
    count += more;
  }

  private int length() {
    int length = ByteBuffer.wrap(held).getInt();
    if (length < 0 || length > Frame.MOST_PAYLOAD_BYTES) {
      throw Problem.of(
              "weir.sock: a frame",
              "at most " + Frame.MOST_PAYLOAD_BYTES + " bytes",
              Integer.toUnsignedString(length))
          .remedy("use the client of this distribution, bin/weir")
          .asException();
    }
    return length;
  }
}
