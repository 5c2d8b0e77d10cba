package io.weir.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.ProblemException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {
  private final FrameDecoder decoder = new FrameDecoder();
  private final List<Frame> frames = new ArrayList<>();

  @Test
  void should_give_the_same_frames_however_the_stream_is_cut() {
    Random random = new Random(7);
    byte[] large = new byte[100_000];
    random.nextBytes(large);
    List<Frame> sent =
        List.of(
            new Frame(Frame.ENV, "A=b\0".getBytes(UTF_8)),
            Frame.of(Frame.STDIN_END),
            new Frame(Frame.STDIN, large),
            new Frame(Frame.ARGS, "get\0".getBytes(UTF_8)),
            Frame.of(Frame.CANCEL));
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    sent.forEach(frame -> stream.writeBytes(frame.encode()));
    byte[] bytes = stream.toByteArray();
    for (int most : new int[] {1, 4, 5, 6, 1000, bytes.length}) {
      frames.clear();
      for (int at = 0; at < bytes.length; ) {
        int count = Math.min(1 + random.nextInt(most), bytes.length - at);
        decoder.decode(ByteBuffer.wrap(bytes, at, count), frames::add);
        at += count;
      }
      ByteArrayOutputStream came = new ByteArrayOutputStream();
      frames.forEach(frame -> came.writeBytes(frame.encode()));
      assertThat(frames).as("pieces of at most " + most).hasSameSizeAs(sent);
      assertThat(Arrays.equals(came.toByteArray(), bytes)).as("pieces of " + most).isTrue();
    }
  }

  @Test
  void should_take_all_that_it_is_given_and_hand_on_what_is_complete() {
    ByteBuffer two =
        ByteBuffer.allocate(100)
            .put(Frame.of(Frame.CANCEL).encode())
            .put(new Frame(Frame.STDIN, new byte[3]).encode())
            .put(new byte[] {0, 0})
            .flip();
    decoder.decode(two, frames::add);
    assertThat(two.hasRemaining()).isFalse();
    assertThat(frames).extracting(Frame::type).containsExactly(Frame.CANCEL, Frame.STDIN);
    decoder.decode(ByteBuffer.wrap(new byte[] {0, 0, Frame.CANCEL}), frames::add);
    assertThat(frames).extracting(Frame::type).endsWith(Frame.CANCEL).hasSize(3);
  }

  @Test
  void should_take_the_largest_frame_and_refuse_one_that_announces_more() {
    byte[] most = new byte[Frame.MOST_PAYLOAD_BYTES];
    decoder.decode(ByteBuffer.wrap(new Frame(Frame.STDIN, most).encode()), frames::add);
    assertThat(frames).hasSize(1);
    assertThatThrownBy(() -> decoder.decode(header(Frame.MOST_PAYLOAD_BYTES + 1), frames::add))
        .isInstanceOf(ProblemException.class)
        .hasMessage(
            "weir.sock: a frame: expected at most 1048576 bytes, got 1048577; use the client of"
                + " this distribution, bin/weir");
    assertThatThrownBy(() -> new FrameDecoder().decode(header(-1), frames::add))
        .hasMessageContaining("got 4294967295;");
  }

  private static ByteBuffer header(int length) {
    return ByteBuffer.allocate(Frame.HEADER_BYTES + 1).putInt(length).put((byte) 3).rewind();
  }
}
