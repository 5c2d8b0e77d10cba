package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.flows.abi.Abi;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class EventTest {
  /** A dropped SYN, 10.0.0.7:43210 → 10.0.0.8:80, as the kernel wrote it. */
  private static final String DROPPED =
      "05022800"
          + "15cd5b07"
          + "01060210"
          + "a8ca0050"
          + "39300000a05b0000"
          + "0900"
          + "4d00"
          + "4e00"
          + "8500"
          + "0a0000070a000008";

  private static final long UNIT = 1024;

  private final RawEvent event = new RawEvent();

  @Test
  void should_decode_a_drop_from_its_bytes() {
    byte[] padded = HexFormat.of().parseHex("ffffffff" + "ffffffff" + DROPPED);
    assertThat(event.decode(padded, 8, 40, 0)).isTrue();
    assertThat(event.type).isEqualTo(Event.Type.DROPPED);
    assertThat(event.reason).isEqualTo(Abi.REASON_POLICY_DENIED);
    assertThat(event.protocol).isEqualTo(Event.TCP);
    assertThat(event.tcpFlags).isEqualTo(Events.SYN);
    assertThat(event.nanos).isEqualTo((0x1_0000_0000L + 123456789) * UNIT);
    assertThat(event.sourceIdentity).isEqualTo(12345);
    assertThat(event.destinationIdentity).isEqualTo(23456);
    assertThat(event.sourcePort).isEqualTo(43210);
    assertThat(event.destinationPort).isEqualTo(80);
    assertThat(event.service).isEqualTo(9);
    assertThat(event.egressRule).isEqualTo(77);
    assertThat(event.ingressRule).isEqualTo(78);
    assertThat(event.has(Abi.EVENT_DENIED_INGRESS)).isTrue();
    assertThat(event.event().ends().orElseThrow())
        .hasToString("Ends[source=10.0.0.7, destination=10.0.0.8]");
    assertThat(event.event().counts()).isEmpty();
  }

  @Test
  void should_decode_counters_of_one_direction() {
    Events closed = Events.counted(Abi.EVENT_CLOSED).ends("1.2.3.4", "5.6.7.8").counts(1, 60);
    assertThat(closed.event().counts()).contains(new Event.Counts(1, 60, 0, 0));
    assertThat(closed.flags(Abi.EVENT_REPLY).event().counts())
        .contains(new Event.Counts(0, 0, 1, 60));
    assertThat(
            Events.counted6(Abi.EVENT_COUNTERS)
                .ends("fd00::1", "fd00::2")
                .counts(3, 180)
                .event()
                .counts())
        .contains(new Event.Counts(3, 180, 0, 0));
  }

  @Test
  void should_know_the_time_of_an_event_from_the_bits_that_are_told() {
    byte[] record = Events.xwing(Abi.EVENT_OPENED).time(0xff_ffff_ff00L * UNIT).bytes();
    long turn = 1L << 50;
    assertThat(event.decode(record, 0, 40, turn + 5_000)).isTrue();
    assertThat(event.nanos).as("before the bits began anew").isEqualTo(turn - 0x100 * UNIT);
    assertThat(event.decode(record, 0, 40, 3 * turn - 5 * UNIT)).isTrue();
    assertThat(event.nanos).as("two turns later").isEqualTo(3 * turn - 0x100 * UNIT);
  }

  @Test
  void should_decode_addresses_of_ipv6_and_none_of_other_frames() {
    assertThat(
            Events.of6(Abi.EVENT_OPENED)
                .ends("fd00::1", "fd00::2")
                .event()
                .ends()
                .orElseThrow()
                .source())
        .hasToString("fd00::1");
    assertThat(Events.of6(Abi.EVENT_DROPPED).reason(Abi.REASON_UNSUPPORTED_L2).event().ends())
        .isEmpty();
  }

  @Test
  void should_skip_types_and_versions_that_it_does_not_know_and_what_is_too_short() {
    byte[] known = Events.xwing(Abi.EVENT_OPENED).bytes();
    assertThat(event.decode(known, 0, 40, 0)).isTrue();
    assertThat(event.decode(known, 0, 39, 0)).isFalse();
    assertThat(event.decode(known, 0, 12, 0)).isFalse();
    byte[] type = known.clone();
    type[0] = 8;
    assertThat(event.decode(type, 0, 40, 0)).isFalse();
    type[0] = (byte) 200;
    assertThat(event.decode(type, 0, 40, 0)).isFalse();
    byte[] version = known.clone();
    version[1] = 1;
    assertThat(event.decode(version, 0, 40, 0)).isFalse();
  }

  @Test
  void should_store_and_load_all_numbers() {
    byte[] record = HexFormat.of().parseHex(DROPPED);
    assertThat(event.decode(record, 0, 40, 0)).isTrue();
    long[] words = new long[2 * RawEvent.WORDS];
    event.store(words, RawEvent.WORDS);
    RawEvent loaded = new RawEvent();
    loaded.load(words, RawEvent.WORDS);
    assertThat(loaded).usingRecursiveComparison().isEqualTo(event);
  }
}
