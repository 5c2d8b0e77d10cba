package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class CallOutputTest {
  private final SentFrames client = new SentFrames();
  private final CallOutput out = new CallOutput(client, Frame.ERR);

  @Test
  void should_send_what_is_flushed_and_nothing_for_nothing() throws IOException {
    out.write('a');
    out.write(new byte[] {'x', 'b', 'c', 'y'}, 1, 2);
    assertThat(client.types()).isEmpty();
    out.flush();
    out.flush();
    assertThat(client.text(Frame.ERR)).isEqualTo("abc");
    assertThat(client.types()).containsExactly(Frame.ERR);
  }

  @Test
  void should_send_chunks_of_32_kib() throws IOException {
    out.write(1);
    out.write(new byte[70_000]);
    assertThat(client.sizes(Frame.ERR)).containsExactly(32768, 32768);
    out.close();
    assertThat(client.sizes(Frame.ERR)).containsExactly(32768, 32768, 70_001 - 65_536);
  }

  @Test
  void should_say_that_the_client_has_gone() throws IOException {
    out.write(1);
    client.go();
    assertThatThrownBy(out::flush)
        .isInstanceOf(IOException.class)
        .hasMessage("the client has gone");
  }
}
