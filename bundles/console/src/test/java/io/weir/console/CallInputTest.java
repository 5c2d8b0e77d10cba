package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CallInputTest {
  private static final int ROOM = CallInput.ROOM_BYTES;

  private final SentFrames client = new SentFrames();
  private final CallInput in = new CallInput(client);

  @Test
  void should_leave_the_callers_input_alone_until_it_is_read() throws IOException {
    in.add(new byte[] {1, 2});
    assertThat(client.asked()).isEmpty();
    assertThat(in.available()).isEqualTo(2);
    assertThat(in.read()).isEqualTo(1);
    assertThat(client.asked()).containsExactly(ROOM - 2);
  }

  @Test
  void should_ask_again_when_half_of_the_room_is_used() throws IOException {
    in.add(new byte[Frame.EAGER_BYTES]);
    assertThat(in.read()).isZero();
    int more = ROOM - Frame.EAGER_BYTES;
    assertThat(client.asked()).containsExactly(more);
    in.add(new byte[more]);
    readFully(ROOM / 2 - 1);
    assertThat(in.available()).isEqualTo(ROOM / 2);
    assertThat(client.asked()).hasSize(1);
    in.read();
    assertThat(client.asked()).containsExactly(more, ROOM / 2);
  }

  @Test
  void should_hold_no_more_than_it_has_room_for() throws IOException {
    in.add(new byte[Frame.EAGER_BYTES]);
    assertThatThrownBy(() -> in.add(new byte[1]))
        .hasMessage("weir.sock: standard input: expected at most 0 bytes, got 1");
    in.read();
    assertThatThrownBy(() -> in.add(new byte[ROOM]))
        .hasMessageEndingWith("expected at most %d bytes, got %d".formatted(ROOM - 65536, ROOM));
  }

  @Test
  void should_give_bytes_in_their_order_and_then_the_end() throws IOException {
    in.add(new byte[] {1, (byte) 200});
    in.add(new byte[0]);
    in.add(new byte[] {3});
    in.end();
    in.add(new byte[] {4});
    assertThat(in.readAllBytes()).containsExactly(1, 200, 3);
    assertThat(in.read()).isEqualTo(-1);
    assertThat(in.read(new byte[1], 0, 0)).isZero();
  }

  @Test
  void should_wait_for_what_is_yet_to_come() throws Exception {
    CompletableFuture<Integer> read = new CompletableFuture<>();
    reader(read);
    client.await(1);
    assertThat(client.asked()).containsExactly(ROOM);
    assertThat(read).isNotDone();
    in.add(new byte[] {7});
    assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(7);
  }

  @Test
  void should_end_a_read_that_is_interrupted() throws Exception {
    CompletableFuture<Integer> read = new CompletableFuture<>();
    Thread reader = reader(read);
    client.await(1);
    reader.interrupt();
    assertThat(read.handle((value, e) -> e).get(10, TimeUnit.SECONDS))
        .isInstanceOf(InterruptedIOException.class);
  }

  private Thread reader(CompletableFuture<Integer> result) {
    Thread reader =
        new Thread(
            () -> {
              try {
                result.complete(in.read());
              } catch (IOException e) {
                result.completeExceptionally(e);
              }
            });
    reader.setDaemon(true);
    reader.start();
    return reader;
  }

  private void readFully(int count) throws IOException {
    assertThat(in.readNBytes(count)).hasSize(count);
  }
}
