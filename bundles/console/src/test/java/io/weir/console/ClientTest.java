package io.weir.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The native client, of an engine that answers as the test wants. */
@Timeout(60)
class ClientTest {
  private static final String WEIR = Path.of("target/bin/weir").toAbsolutePath().toString();

  @TempDir Path directory;

  private final Deque<Consumer<Call>> answers = new ArrayDeque<>();

  @Test
  void should_call_again_where_it_is_asked_to() throws Exception {
    answers.add(ClientTest::sendAway);
    answers.add(ClientTest::sendAway);
    answers.add(
        call -> {
          call.out().println("by the third: " + call.verb() + call.arguments());
          call.exit(7);
        });
    Told told = client("tables", "a b");
    assertThat(told.text()).isEqualTo("by the third: tables[a b]\n");
    assertThat(told.code()).isEqualTo(7);
    assertThat(answers).isEmpty();
  }

  @Test
  void should_give_up_when_nobody_stays_to_answer() throws Exception {
    for (int i = 0; i < 10_000; i++) {
      answers.add(ClientTest::sendAway);
    }
    Told told = client("tables");
    assertThat(told.text())
        .isEqualTo(
            "weir: engine n1 is being replaced again and again; for 10 s nobody has answered\n");
    assertThat(told.code()).isEqualTo(2);
  }

  @Test
  void should_not_call_again_when_its_input_was_asked_for() throws Exception {
    answers.add(
        call -> {
          new Thread(
                  () -> {
                    try {
                      call.in().read();
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                    sendAway(call);
                  })
              .start();
        });
    Told told = client("apply");
    assertThat(told.text())
        .isEqualTo(
            "weir: all of the engine is being replaced, and standard input is in part read; call"
                + " again\n");
    assertThat(told.code()).isEqualTo(2);
  }

  private static void sendAway(Call call) {
    call.exit(call.askAgain());
  }

  private record Told(int code, String text) {}

  private Told client(String... words) throws Exception {
    Path socket = directory.resolve("run/weir/n1/weir.sock");
    Listener listener = Listener.open(socket, call -> answers.remove().accept(call), refused -> {});
    try {
      ProcessBuilder builder = new ProcessBuilder(WEIR, "--node", "n1");
      builder.command().addAll(List.of(words));
      builder.environment().put("WEIR_ROOT", directory.toString());
      Process process = builder.redirectErrorStream(true).start();
      process.getOutputStream().write('x');
      process.getOutputStream().flush();
      String text = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      return new Told(process.exitValue(), text);
    } finally {
      listener.close();
    }
  }
}
