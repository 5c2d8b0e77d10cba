package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.SocketHandler;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.state.TableStore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code weir conntrack flush}, of real connections through an uplink. */
@NeedsRoot
@NeedsKernel({"veth", "tcx"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FlushTrafficKernelTest {
  private static final int PORT = 7777;

  private OutsideNode outside;
  private Chatter chatter;
  private SocketHandler conntrack;

  @BeforeAll
  void open() {
    outside = new OutsideNode("flush");
    outside.attach(Interfaces.Way.TCX);
    chatter = new Chatter();
    for (boolean six : new boolean[] {false, true}) {
      chatter.serve(outside.server, OutsideNode.server(six), PORT);
    }
    conntrack =
        new ConntrackHandler(
            new TableStore(), outside.node.linux.bpf(), outside.root, (family, entries) -> {});
  }

  @AfterAll
  void close() {
    chatter.close();
    outside.close();
  }

  private String weirConntrack(String... words) throws Exception {
    TestCall call = new TestCall(List.of(words));
    assertThat(conntrack.handle(call)).isZero();
    return call.printed().toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_not_cut_a_connection_to_the_outside(boolean six) throws Exception {
    String server = OutsideNode.server(six);
    String to = (six ? "[" + server + "]:" : server + ":") + PORT;
    Talk.Client client =
        chatter.start(outside.pod.inside(), "talk", server, String.valueOf(PORT), "5");
    assertThat(client.line()).isEqualTo("open 5");
    for (int round = 0; round < 3; round++) {
      assertThat(weirConntrack("flush", "--to", to)).isEqualTo("flushed 5 flows\n");
      assertThat(weirConntrack("list", "--to", to, "-o", "json")).isEmpty();
      assertThat(client.again()).isEqualTo("ok 5");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_tell_the_reader_of_events_that_a_flow_has_ended_and_begins_anew(boolean six)
      throws Exception {
    String server = OutsideNode.server(six);
    outside.node.told();
    Talk.Client client =
        chatter.start(outside.pod.inside(), "talk", server, String.valueOf(PORT), "1");
    assertThat(client.line()).isEqualTo("open 1");
    String opened = told(server + ":" + PORT, "opened").get(0);
    assertThat(client.again()).isEqualTo("ok 1");
    outside.node.told();
    weirConntrack("flush", "--to", server);
    assertThat(client.again()).isEqualTo("ok 1");
    assertThat(told(opened.substring("opened ".length()), ""))
        .satisfiesExactly(
            end -> assertThat(end).startsWith("ended"), next -> assertThat(next).isEqualTo(opened));
  }

  /** Events since the last call that name these ends; of others some are still on the way. */
  private List<String> told(String ends, String kind) {
    return outside.node.told().stream()
        .map(Told::toString)
        .filter(text -> text.contains(ends) && text.startsWith(kind))
        .toList();
  }
}
