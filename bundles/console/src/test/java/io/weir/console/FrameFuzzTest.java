package io.weir.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.ProblemException;
import io.weir.itests.testing.Fuzz;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged streams of a client, cut anywhere: frames and calls, or a sentence. */
class FrameFuzzTest {
  private static final List<byte[]> STREAMS =
      List.of(
          stream(
              new Frame(Frame.ENV, "PWD=/\0LANG=C\0".getBytes(UTF_8)),
              new Frame(Frame.ARGS, "apply\0-f\0-\0".getBytes(UTF_8)),
              new Frame(Frame.STDIN, "kind: Pod\n".getBytes(UTF_8)),
              Frame.of(Frame.STDIN_END)),
          stream(
              new Frame(Frame.ARGS, "shell".getBytes(UTF_8)),
              Frame.of(Frame.WINDOW, (byte) 0, (byte) 80, (byte) 0, (byte) 24),
              new Frame(Frame.STDIN, new byte[2000]),
              Frame.of(Frame.CANCEL)),
          stream(new Frame(Frame.STDIN, new byte[Frame.EAGER_BYTES]), Frame.exit(3)));

  /** A stream, and how it comes in pieces. */
  private record Input(byte[] stream, long cuts) {}

  @Test
  void should_cut_or_refuse_whatever_comes() {
    Fuzz.run(FrameFuzzTest::input, FrameFuzzTest::check);
  }

  @Test
  void should_take_or_refuse_whatever_a_client_says() {
    Fuzz.run(FrameFuzzTest::input, FrameFuzzTest::call);
  }

  /** The stream's first byte says how it comes in pieces. */
  static void checkBytes(byte[] bytes) {
    if (bytes.length > 0) {
      Input input = new Input(Arrays.copyOfRange(bytes, 1, bytes.length), bytes[0]);
      check(input);
      call(input);
    }
  }

  private static Input input(Fuzz fuzz) {
    boolean noise = fuzz.random().nextInt(16) == 0;
    return new Input(noise ? fuzz.randomBytes(100) : fuzz.bytes(STREAMS), fuzz.random().nextLong());
  }

  private static void check(Input input) {
    List<Frame> frames = new ArrayList<>();
    boolean refused = decode(input, frames);
    byte[] came = stream(frames.toArray(Frame[]::new));
    byte[] rest = Arrays.copyOfRange(input.stream(), came.length, input.stream().length);
    assertThat(Arrays.equals(came, Arrays.copyOf(input.stream(), came.length)))
        .as("frames are what the stream began with")
        .isTrue();
    boolean whole = rest.length >= Frame.HEADER_BYTES;
    int length = whole ? ByteBuffer.wrap(rest).getInt() : 0;
    boolean tooLong = Integer.compareUnsigned(length, Frame.MOST_PAYLOAD_BYTES) > 0;
    assertThat(refused).as("a frame of %d bytes is refused", length).isEqualTo(tooLong);
    assertThat(!whole || tooLong || rest.length - Frame.HEADER_BYTES < length)
        .as("no frame is held back")
        .isTrue();
  }

  private static boolean decode(Input input, List<Frame> frames) {
    FrameDecoder decoder = new FrameDecoder();
    Random cuts = new Random(input.cuts());
    try {
      for (int at = 0; at < input.stream().length; ) {
        int count = Math.min(1 + cuts.nextInt(5000), input.stream().length - at);
        decoder.decode(ByteBuffer.wrap(input.stream(), at, count), frames::add);
        at += count;
      }
      return false;
    } catch (ProblemException e) {
      assertThat(e.getMessage()).startsWith("weir.sock: a frame: expected at most ");
      return true;
    }
  }

  private static void call(Input input) {
    List<Frame> frames = new ArrayList<>();
    decode(input, frames);
    Call call = new Call(new SentFrames());
    int begins = 0;
    try {
      for (Frame frame : frames) {
        begins += call.take(frame) ? 1 : 0;
      }
    } catch (ProblemException e) {
      assertThat(e.getMessage()).startsWith("weir.sock").contains(": expected ");
    }
    assertThat(begins).isEqualTo(call.begun() ? 1 : 0);
    if (call.begun()) {
      assertThat(call.verb()).isNotNull();
      assertThat(call.arguments()).doesNotContainNull();
    }
    assertThat(call.environment()).doesNotContainKey("");
    assertThat(call.window().columns()).isBetween(0, 65535);
  }

  private static byte[] stream(Frame... frames) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (Frame frame : frames) {
      stream.writeBytes(frame.encode());
    }
    return stream.toByteArray();
  }
}
