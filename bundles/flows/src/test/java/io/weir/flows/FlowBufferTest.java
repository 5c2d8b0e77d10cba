package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.flows.abi.Abi;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FlowBufferTest {
  private final StarWars world = new StarWars();

  @Test
  void should_keep_the_last_ones_and_say_how_many_a_slow_stream_missed() throws Exception {
    FlowBuffer buffer = new FlowBuffer(3);
    long position = buffer.all().position();
    List<Flow> flows = flows(5);
    buffer.add(flows);
    assertThat(buffer.all().seen()).isEqualTo(flows.subList(2, 5));
    FlowBuffer.Part part = buffer.await(position, 1);
    assertThat(part.missed()).isEqualTo(2);
    assertThat(part.seen()).isEqualTo(flows.subList(2, 5));
    assertThat(buffer.await(part.position(), 1).seen()).isEmpty();
  }

  @Test
  void should_keep_the_newest_when_resized() throws Exception {
    FlowBuffer buffer = new FlowBuffer(4);
    List<Flow> flows = flows(6);
    buffer.add(flows);
    buffer.resize(2);
    assertThat(buffer.all().seen()).isEqualTo(flows.subList(4, 6));
    buffer.resize(8);
    buffer.add(flows);
    assertThat(buffer.all().seen()).hasSize(8).startsWith(flows.get(4));
    assertThat(buffer.await(6, 1).seen()).isEqualTo(flows);
  }

  @Test
  void should_end_streams_when_closed() throws Exception {
    FlowBuffer buffer = new FlowBuffer(2);
    buffer.close();
    assertThat(buffer.await(0, 600_000).ended()).isTrue();
  }

  @Test
  void should_tell_what_was_lost_between_two_readers() {
    LossWatch first = new LossWatch(OptionalLong.empty());
    assertThat(first.more(10)).as("before there was a reader").isZero();
    assertThat(first.more(12)).isEqualTo(2);
    LossWatch second = LossWatch.decode(first.encode());
    assertThat(second.more(15)).isEqualTo(3);
    assertThat(second.more(4)).as("of a new map").isZero();
    assertThat(second.more(5)).isEqualTo(1);
  }

  private List<Flow> flows(int count) {
    return Stream.generate(() -> world.flow(Events.xwing(Abi.EVENT_OPENED))).limit(count).toList();
  }
}
