package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.weir.flows.abi.Abi;
import io.weir.itests.testing.Fuzz;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Random and damaged records of the ring: skipped, or told on one line, as text and as JSON. */
class EventFuzzTest {
  static final List<byte[]> RECORDS =
      List.of(
          Events.xwing(Abi.EVENT_OPENED).rules(StarWars.RULE, 0).bytes(),
          Events.xwing(Abi.EVENT_DROPPED)
              .reason(Abi.REASON_POLICY_DENIED)
              .flags(Abi.EVENT_DENIED_INGRESS)
              .service(StarWars.SERVICE)
              .bytes(),
          Events.of(Abi.EVENT_FIRST_REPLY)
              .l4(Event.ICMP, 8, 4711)
              .ends("10.0.0.8", "10.0.0.7")
              .flags(Abi.EVENT_REPLY)
              .bytes(),
          Events.counted(Abi.EVENT_CLOSED)
              .tcp(1, 2, 19)
              .ends("10.0.0.7", "1.2.3.4")
              .flags(Abi.EVENT_MORE)
              .counts(5, 420)
              .bytes(),
          Events.counted6(Abi.EVENT_COUNTERS)
              .l4(Event.UDP, 53, 1)
              .ends("fd00::1", "fd00::2")
              .flags(Abi.EVENT_REPLY)
              .counts(5, 420)
              .bytes(),
          Events.of6(Abi.EVENT_OPENED).l4(Event.ICMP6, 1, 128).ends("fd00::1", "fd00::2").bytes());

  private final StarWars world = new StarWars();
  private final CompactText text = new CompactText(ZoneOffset.UTC);
  private final FlowJson json = new FlowJson("n1", 1);

  @Test
  void should_skip_or_tell_whatever_comes() {
    Fuzz.run(EventFuzzTest::record, this::check);
  }

  /** Damaged, or noise behind the first bytes of a record that is known. */
  private static byte[] record(Fuzz fuzz) {
    byte[] known = fuzz.oneOf(RECORDS);
    return switch (fuzz.random().nextInt(4)) {
      case 0 -> {
        byte[] noise = fuzz.randomBytes(120);
        System.arraycopy(known, 0, noise, 0, Math.min(4, noise.length));
        yield noise;
      }
      case 1 -> Arrays.copyOf(known, fuzz.random().nextInt(known.length + 1));
      default -> fuzz.bytes(RECORDS);
    };
  }

  void check(byte[] record) {
    RawEvent event = new RawEvent();
    boolean known = event.decode(record, 0, record.length, 0);
    byte[] between = new byte[record.length + 16];
    Arrays.fill(between, (byte) 0xff);
    System.arraycopy(record, 0, between, 8, record.length);
    RawEvent other = new RawEvent();
    assertThat(other.decode(between, 8, record.length, 0)).isEqualTo(known);
    if (!known) {
      return;
    }
    assertThat(other.event()).as("neighbours in the ring do not matter").isEqualTo(event.event());
    Optional<Flow> shown = world.flow(event);
    if (shown.isEmpty()) {
      return;
    }
    Flow flow = shown.get();
    assertThat(text.line(flow)).isNotBlank().doesNotContain("\n");
    String line = json.line(flow);
    assertThat(line).doesNotContain("\n");
    JsonObject told = JsonParser.parseString(line).getAsJsonObject();
    assertThat(told.getAsJsonObject("flow").get("verdict").getAsString())
        .isEqualTo(flow.verdict().name());
  }
}
