package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.flows.abi.Abi;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NamesTest {
  private final StarWars world = new StarWars();

  @Test
  void should_name_a_pod_for_a_while_after_it_has_gone() {
    world.names.endpoint(7, Optional.empty(), world.now);
    world.now += Names.LINGER.toNanos() - 1;
    assertThat(pod()).isEqualTo("xwing");
    world.now += 1;
    world.names.identity(99, Optional.empty(), world.now);
    assertThat(pod()).isEmpty();
  }

  @Test
  void should_name_the_pod_that_has_the_number_now() {
    world.names.endpoint(7, Optional.empty(), world.now);
    world.names.endpoint(7, Optional.of(StarWars.endpoint(7, "ywing", "10.0.0.9")), world.now);
    assertThat(pod()).isEqualTo("ywing");
  }

  @Test
  void should_bound_what_it_remembers() {
    Memory<Integer, String> memory = new Memory<>(1_000, 2);
    for (int i = 1; i <= 3; i++) {
      memory.put(i, "v" + i);
      memory.remove(i, i);
    }
    assertThat(memory.get(1, 4)).isEmpty();
    assertThat(memory.get(2, 4)).contains("v2");
    assertThat(memory.get(2, 1_002)).isEmpty();
  }

  @Test
  void should_find_a_pod_by_its_address_unless_the_address_is_spoofed() {
    Events events = Events.xwing(Abi.EVENT_DROPPED).reason(Abi.REASON_INVALID_SOURCE_IP);
    assertThat(world.flow(events).source().pod()).isEqualTo("xwing");
    events.flags(Abi.EVENT_BY_ENDPOINT).service(8);
    assertThat(world.flow(events).source().pod()).as("who forges it").isEqualTo("deathstar-xyz");
    assertThat(world.flow(events).service()).isEmpty();
  }

  @Test
  void should_share_what_it_says_of_a_pod() {
    assertThat(world.flow(Events.xwing(Abi.EVENT_OPENED)).source())
        .isSameAs(world.flow(Events.xwing(Abi.EVENT_OPENED)).source());
  }

  @Test
  void should_find_names_anew_once_one_has_changed_and_after_a_second() {
    assertThat(pod()).isEqualTo("xwing");
    world.names.endpoint(7, Optional.of(StarWars.endpoint(7, "ywing", "10.0.0.7")), world.now);
    assertThat(pod()).as("changed").isEqualTo("ywing");
    world.names.endpoint(7, Optional.empty(), world.now);
    assertThat(pod()).isEqualTo("ywing");
    world.now += Names.LINGER.toNanos();
    assertThat(pod()).as("by time").isEmpty();
  }

  private String pod() {
    return world.flow(Events.xwing(Abi.EVENT_OPENED)).source().pod();
  }
}
