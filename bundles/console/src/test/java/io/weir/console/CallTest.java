package io.weir.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallTest {
  private final SentFrames client = new SentFrames();
  private final Call call = new Call(client);

  @Test
  void should_begin_with_its_words_after_its_environment() {
    assertThat(take(Frame.ENV, "PWD=/tmp\0CNI_ARGS=a=b;c\0junk\0=x\0")).isFalse();
    assertThat(call.begun()).isFalse();
    assertThat(take(Frame.ARGS, "get\0pods\0-A\0")).isTrue();
    assertThat(call.verb()).isEqualTo("get");
    assertThat(call.arguments()).containsExactly("pods", "-A");
    assertThat(call.environment()).containsOnly(entry("PWD", "/tmp"), entry("CNI_ARGS", "a=b;c"));
  }

  @Test
  void should_refuse_frames_that_have_no_place() {
    refused("expected a frame of a client, got type 16", Frame.OUT, "x");
    refused("expected ARGS once, with a verb, got no word", Frame.ARGS, "");
    refused("expected WINDOW of 4 bytes, got 3", Frame.WINDOW, "abc");
    take(Frame.ARGS, "get");
    refused("expected ARGS once, with a verb, got them again", Frame.ARGS, "get");
    refused(
        "expected ENV before ARGS, of at most 1048576 bytes, got ENV after ARGS", Frame.ENV, "A=b");
  }

  @Test
  void should_refuse_an_environment_without_end() {
    String half = "A=" + "x".repeat(600_000);
    take(Frame.ENV, half);
    refused(
        "expected ENV before ARGS, of at most 1048576 bytes, got 1200004 bytes", Frame.ENV, half);
  }

  @Test
  void should_know_the_clients_window_and_tell_when_it_changes() {
    List<Call.Window> told = new ArrayList<>();
    call.onWindow(() -> told.add(call.window()));
    assertThat(call.window()).isEqualTo(new Call.Window(80, 24));
    call.take(new Frame(Frame.WINDOW, new byte[] {0, (byte) 200, 0, 50}));
    assertThat(told).containsExactly(new Call.Window(200, 50));
  }

  @Test
  void should_tell_once_that_it_is_cancelled_also_those_who_ask_later() throws IOException {
    List<String> told = new ArrayList<>();
    call.onCancel(() -> told.add("before"));
    assertThat(call.cancelled()).isFalse();
    take(Frame.CANCEL, "");
    call.cancel();
    call.onCancel(() -> told.add("after"));
    assertThat(call.cancelled()).isTrue();
    assertThat(told).containsExactly("before", "after");
    assertThat(call.in().read()).isEqualTo(-1);
  }

  @Test
  void should_send_lines_as_they_end_and_all_of_them_before_the_exit_code() {
    call.out().println("ab");
    assertThat(client.text(Frame.OUT)).isEqualTo("ab\n");
    call.err().print("no end of line: ö");
    call.exit(3);
    assertThat(client.text(Frame.ERR)).isEqualTo("no end of line: ö");
    assertThat(client.types()).containsExactly(Frame.OUT, Frame.ERR, Frame.EXIT);
    assertThat(client.exit()).isEqualTo(3);
  }

  @Test
  void should_make_the_terminal_raw_and_as_it_was() {
    call.raw(true);
    call.raw(false);
    assertThat(client.types()).containsExactly(Frame.TERMINAL, Frame.TERMINAL);
    assertThat(client.text(Frame.TERMINAL)).isEqualTo("\u0001\u0000");
  }

  private boolean take(int type, String payload) {
    return call.take(new Frame(type, payload.getBytes(UTF_8)));
  }

  private void refused(String sentence, int type, String payload) {
    assertThatThrownBy(() -> take(type, payload)).hasMessage("weir.sock: " + sentence);
  }
}
