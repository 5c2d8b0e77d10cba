package io.weir.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class FrameTest {
  @Test
  void should_write_length_type_and_payload() {
    assertThat(hex(new Frame(Frame.ARGS, "get\0".getBytes(UTF_8)))).isEqualTo("000000040167657400");
    assertThat(hex(Frame.of(Frame.STDIN_END))).isEqualTo("0000000004");
    assertThat(hex(Frame.exit(130))).isEqualTo("000000011282");
    assertThat(hex(Frame.read(65536))).isEqualTo("000000041300010000");
  }

  @Test
  void should_read_words_that_are_empty_and_such_as_have_no_end() {
    assertThat(words("get\0\0pöds\0")).containsExactly("get", "", "pöds");
    assertThat(words("get\0pods")).containsExactly("get", "pods");
    assertThat(words("")).isEmpty();
  }

  private static Iterable<String> words(String payload) {
    return new Frame(Frame.ARGS, payload.getBytes(UTF_8)).words();
  }

  private static String hex(Frame frame) {
    return HexFormat.of().formatHex(frame.encode());
  }
}
