package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.flows.abi.Abi;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Events of one direction, completed by what opening told and by the other direction. */
class OpenFlowsTest {
  private static final Event.Counts NONE = new Event.Counts(0, 0, 0, 0);

  private final StarWars world = new StarWars();

  private void open() {
    world.flow(
        Events.xwing(Abi.EVENT_OPENED)
            .identities(12345, 777)
            .rules(0, StarWars.RULE)
            .service(StarWars.SERVICE));
  }

  private static Events asked(int type) {
    return Events.counted(type).tcp(43210, 80, 2).ends("10.0.0.7", "10.0.0.8");
  }

  private static Events answered(int type) {
    return Events.counted(type)
        .tcp(80, 43210, 16)
        .ends("10.0.0.8", "10.0.0.7")
        .flags(Abi.EVENT_REPLY);
  }

  private static Event.Counts counts(Flow flow) {
    return flow.event().counts().orElse(NONE);
  }

  @Test
  void should_tell_counters_of_both_directions_with_what_opening_told() {
    open();
    Flow first = world.flow(asked(Abi.EVENT_COUNTERS).counts(5, 500));
    assertThat(counts(first)).isEqualTo(new Event.Counts(5, 500, 0, 0));
    assertThat(first.destination().identity()).as("as it was decided").isEqualTo(777);
    assertThat(first.service().orElseThrow().name()).isEqualTo("deathstar");
    assertThat(first.ingress().byRule()).isEqualTo("ingress[0]");
    Flow back = world.flow(answered(Abi.EVENT_COUNTERS).counts(4, 4000));
    assertThat(counts(back)).isEqualTo(new Event.Counts(5, 500, 4, 4000));
    assertThat(back.event().reply()).isTrue();
    assertThat(back.source().identity()).isEqualTo(777);
    assertThat(back.sourceService().orElseThrow().name()).isEqualTo("deathstar");
    assertThat(back.ingress().byRule()).isEqualTo("ingress[0]");
  }

  @Test
  void should_make_one_flow_of_both_halves_of_an_end_whichever_comes_first() {
    for (boolean answerFirst : new boolean[] {false, true}) {
      open();
      Events asked = asked(Abi.EVENT_CLOSED).counts(5, 500);
      Events answered = answered(Abi.EVENT_CLOSED).counts(4, 4000);
      Events first = answerFirst ? answered : asked;
      assertThat(world.flow(first.flags(Abi.EVENT_MORE).raw())).isEmpty();
      Flow end = world.flow(answerFirst ? asked : answered);
      assertThat(counts(end)).isEqualTo(new Event.Counts(5, 500, 4, 4000));
      assertThat(end.event().reply()).isFalse();
      assertThat(end.source().pod()).isEqualTo("xwing");
      assertThat(end.destination().identity()).isEqualTo(777);
      assertThat(end.event().tcpFlags()).isEqualTo(18);
    }
  }

  @Test
  void should_tell_an_end_of_which_the_other_half_was_lost() {
    assertThat(world.flow(answered(Abi.EVENT_RESET).flags(Abi.EVENT_MORE).counts(4, 40).raw()))
        .isEmpty();
    List<Flow> late = new ArrayList<>();
    world.now += 900_000_000L;
    world.enricher.begin(world.now);
    world.enricher.overdue(new RawEvent(), event -> late.add(world.shown(event)));
    assertThat(late).isEmpty();
    world.now += 200_000_000L;
    world.enricher.begin(world.now);
    world.enricher.overdue(new RawEvent(), event -> late.add(world.shown(event)));
    world.enricher.overdue(new RawEvent(), event -> late.add(world.shown(event)));
    assertThat(late).hasSize(1);
    assertThat(counts(late.get(0))).isEqualTo(new Event.Counts(0, 0, 4, 40));
    assertThat(late.get(0).source().pod()).isEqualTo("xwing");
  }

  @Test
  void should_not_remember_a_flow_that_has_ended() {
    open();
    world.flow(asked(Abi.EVENT_ENDED).counts(5, 500));
    Flow another = world.flow(answered(Abi.EVENT_COUNTERS).counts(1, 60));
    assertThat(counts(another)).isEqualTo(new Event.Counts(0, 0, 1, 60));
    assertThat(another.service()).isEmpty();
    assertThat(another.source().identity()).as("the pod's now").isEqualTo(23456);
  }

  @Test
  void should_identify_by_addresses_what_it_does_not_remember() {
    world.names.block(io.weir.api.row.Prefix.parse("192.0.2.0/24"), java.util.OptionalInt.of(4711));
    Events events = Events.counted(Abi.EVENT_COUNTERS).l4(17, 1, 53).counts(1, 60);
    assertThat(world.flow(events.ends("10.0.0.7", "192.0.2.9")).destination().identity())
        .isEqualTo(4711);
    assertThat(world.flow(events.ends("10.0.0.7", "1.2.3.4")).destination().identity())
        .isEqualTo(9);
  }

  @Test
  void should_remember_so_many_flows_and_forget_who_was_not_heard_of_for_longest() {
    OpenFlows flows = new OpenFlows(4);
    for (int port = 1; port <= 5; port++) {
      flows.opened(opened(port, port * 2048L));
      if (port == 4) {
        RawEvent heard = counted(1);
        heard.nanos = 9_000;
        assertThat(flows.completed(heard)).isTrue();
      }
    }
    assertThat(identity(flows, 1)).contains(12345);
    assertThat(identity(flows, 2)).as("the oldest").isEmpty();
    assertThat(identity(flows, 3)).contains(12345);
    assertThat(identity(flows, 5)).contains(12345);
  }

  private static Optional<Integer> identity(OpenFlows flows, int port) {
    RawEvent event = counted(port);
    flows.completed(event);
    return event.sourceIdentity == 0 ? Optional.empty() : Optional.of(event.sourceIdentity);
  }

  private static RawEvent opened(int port, long nanos) {
    return Events.xwing(Abi.EVENT_OPENED).tcp(port, 80, 2).time(nanos).raw();
  }

  private static RawEvent counted(int port) {
    return Events.counted(Abi.EVENT_COUNTERS).tcp(port, 80, 2).ends("10.0.0.7", "10.0.0.8").raw();
  }
}
