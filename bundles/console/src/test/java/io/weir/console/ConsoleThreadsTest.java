package io.weir.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConsoleThreadsTest {
  @Test
  void should_send_a_call_that_comes_late_to_the_next_console() {
    SentFrames client = new SentFrames();
    Call call = new Call(client);
    call.take(new Frame(Frame.ARGS, "tables\0".getBytes(UTF_8)));
    ConsoleThreads threads = new ConsoleThreads();
    threads.retire();

    threads.run(call, () -> call.exit(7));

    assertThat(client.types()).containsExactly(Frame.AGAIN, Frame.EXIT);
  }
}
