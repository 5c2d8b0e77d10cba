package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.flows.abi.Abi;
import org.junit.jupiter.api.Test;

/** What an event costs, of one flow; the figure is printed, and asserted nowhere. See the bench. */
class FlowCostTest {
  private static final int EVENTS = 300_000;
  private static final int KEPT = 65_535;

  @Test
  void should_print_what_a_flow_costs() {
    StarWars world = new StarWars();
    byte[] record =
        Events.xwing(Abi.EVENT_OPENED).rules(0, StarWars.RULE).service(StarWars.SERVICE).bytes();
    FlowBuffer buffer = new FlowBuffer(KEPT, world.clock);
    RawEvent event = new RawEvent();
    long rate = 0;
    for (int round = 0; round < 3; round++) {
      long begun = System.nanoTime();
      for (int i = 0; i < EVENTS; i++) {
        if (event.decode(record, 0, record.length, world.now) && world.enricher.enrich(event)) {
          buffer.begin();
          buffer.add(event);
          buffer.end();
        }
      }
      rate = Math.round(EVENTS * 1e9 / (System.nanoTime() - begun));
    }
    int kept = buffer.all().seen().size();
    System.out.printf("flows: %d events/s%n", rate);
    assertThat(kept).isEqualTo(KEPT);
  }
}
