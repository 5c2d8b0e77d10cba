package io.weir.itests.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Callers that take all they can get of a running engine, and read nothing: others are served. */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrowdLabKernelTest {
  /** {@code ARGS} and {@code ERR} of frames.h. */
  private static final int ARGS = 1;

  private static final int CROWD = 1000;

  /** Half of console-calls. */
  private static final int MOST_OF_ONE_VERB = 64;

  private static final long LIMIT_SECONDS = 60;

  /** Resident memory, MiB: the heap at its largest, and as much as an engine has beside it. */
  private static final int MOST_MEMORY = 400;

  private final Lab lab = new Lab("crowd");
  private final List<SocketChannel> open = new ArrayList<>();
  private int pods;

  @BeforeAll
  void up() {
    lab.up();
    lab.apply(
        Yaml.echo("default", "server", "app: server")
            + Yaml.shell("default", "client", "app: client"));
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @AfterEach
  void leave() throws IOException {
    for (SocketChannel channel : open) {
      channel.close();
    }
    open.clear();
  }

  @Test
  void should_serve_who_calls_while_a_thousand_connections_are_silent() throws IOException {
    for (int i = 0; i < CROWD; i++) {
      connect();
    }
    assertOthersAreServed();
    assertThat(heard(open.get(0))).contains("weir: weir.sock: expected a call, got none for ");
  }

  /** Of what it sends a byte at a time, the first one is all that is needed here. */
  @Test
  void should_turn_out_who_sends_too_slowly() throws Exception {
    SocketChannel slow = connect();
    slow.write(ByteBuffer.allocate(1));
    CompletableFuture<String> end = CompletableFuture.supplyAsync(() -> heard(slow));
    assertOthersAreServed();
    assertThat(end.get(LIMIT_SECONDS, TimeUnit.SECONDS)).contains("expected a call, got none for ");
  }

  @Test
  void should_serve_others_and_count_what_is_lost_for_who_does_not_read() throws Exception {
    long before = lab.resident() / 1024;
    for (int i = 0; i < 2 * MOST_OF_ONE_VERB; i++) {
      call("flows", "-f", "-o", "json");
    }
    String refused = heard(open.get(open.size() - 1));
    assertThat(refused)
        .contains(
            "weir: weir.sock: expected at most %d calls of flows at a time, got one more; end some of them, or raise console-calls\n"
                .formatted(MOST_OF_ONE_VERB));

    String url = "http://" + lab.addresses("default/server").get(0) + "/";
    String told = lab.exec("client", "wrk", "-t2", "-c64", "-d8s", "-H", "Connection: close", url);
    System.out.println(told.lines().filter(line -> line.contains("Requests/sec")).toList());
    assertOthersAreServed();
    open.get(1).close(); // one who goes makes room
    assertThat(lastFlows()).isGreaterThanOrEqualTo(5);
    long after = lab.resident() / 1024;
    System.out.printf(
        "%d readers that do not read: %d MiB, %d before%n", MOST_OF_ONE_VERB, after, before);
    assertThat(after).isLessThan(MOST_MEMORY);

    assertThat(heardUntil(open.get(0), "\"lost_events\"")).contains("HUBBLE_RING_BUFFER");
  }

  /** How many lines the last five flows have, once there is room for one more call of flows. */
  private long lastFlows() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (true) {
      Run.Ended ended = lab.tryWeir("", "flows", "--last", "5");
      if (ended.code() == 0) {
        return ended.out().lines().count();
      }
      assertThat(System.nanoTime()).as(ended.told()).isLessThan(deadline);
    }
  }

  /** By a command, and by the CNI plugin. */
  private void assertOthersAreServed() {
    assertThat(lab.tryWeir("", "status").told()).startsWith("exit code 0");
    String name = "pod" + pods++;
    lab.apply(Yaml.shell("default", name, "app: late"));
    assertThat(lab.addresses("default/" + name)).isNotEmpty();
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    open.add(channel);
    channel.connect(UnixDomainSocketAddress.of(Path.of("/run/weir", lab.engine(), "weir.sock")));
    return channel;
  }

  private void call(String... words) throws IOException {
    byte[] payload = (String.join("\0", words) + "\0").getBytes(UTF_8);
    ByteBuffer frame = ByteBuffer.allocate(5 + payload.length).putInt(payload.length);
    connect().write(frame.put((byte) ARGS).put(payload).flip());
  }

  /** All that comes, to the end. */
  private static String heard(SocketChannel channel) {
    return heardUntil(channel, "\0\0\0\0 never");
  }

  private static String heardUntil(SocketChannel channel, String last) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    StringBuilder heard = new StringBuilder();
    ByteBuffer some = ByteBuffer.allocate(64 << 10);
    try {
      while (heard.indexOf(last, Math.max(0, heard.length() - (128 << 10))) < 0) {
        assertThat(System.nanoTime())
            .as("within %s s: %s", LIMIT_SECONDS, last)
            .isLessThan(deadline);
        if (channel.read(some.clear()) < 0) {
          break;
        }
        heard.append(UTF_8.decode(some.flip()));
      }
      return heard.toString();
    } catch (IOException e) {
      return heard.toString(); // turned out before all of it was taken
    }
  }
}
