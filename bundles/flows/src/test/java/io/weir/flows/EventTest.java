package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.flows.abi.Abi;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class EventTest {
  /** A dropped SYN, 10.0.0.7:43210 → 10.0.0.8:80, as the kernel wrote it. */
  private static final String DROPPED =
      "05013800"
          + "85060200"
          + "15cd5b0700000000"
          + "39300000a05b0000"
          + "07000800"
          + "03000000"
          + "0000000000000000"
          + "a8ca0050"
          + "09001000"
          + "0a0000070a000008";

  @Test
  void should_decode_a_drop_from_its_bytes() {
    byte[] padded = HexFormat.of().parseHex("ffffffff" + "ffffffff" + DROPPED);
    Event event = Event.decode(padded, 8, 56).orElseThrow();
    assertThat(event.type()).isEqualTo(Event.Type.DROPPED);
    assertThat(event.reason()).isEqualTo(Abi.REASON_POLICY_DENIED);
    assertThat(event.protocol()).isEqualTo(Event.TCP);
    assertThat(event.tcpFlags()).isEqualTo(Events.SYN);
    assertThat(event.nanos()).isEqualTo(123456789);
    assertThat(event.sourceIdentity()).isEqualTo(12345);
    assertThat(event.destinationIdentity()).isEqualTo(23456);
    assertThat(event.sourceEndpoint()).isEqualTo(7);
    assertThat(event.destinationEndpoint()).isEqualTo(8);
    assertThat(event.ifindex()).isEqualTo(3);
    assertThat(event.sourcePort()).isEqualTo(43210);
    assertThat(event.destinationPort()).isEqualTo(80);
    assertThat(event.service()).isEqualTo(9);
    assertThat(event.has(Abi.EVENT_DENIED_INGRESS)).isTrue();
    assertThat(event.ends().orElseThrow())
        .hasToString("Ends[source=10.0.0.7, destination=10.0.0.8]");
    assertThat(event.counts()).isEmpty();
  }

  @Test
  void should_decode_counters_of_both_directions() {
    Event event =
        Events.counted(Abi.EVENT_CLOSED).ends("1.2.3.4", "5.6.7.8").counts(1, 60, 2, 99).event();
    assertThat(event.counts()).contains(new Event.Counts(1, 60, 2, 99));
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
    assertThat(Event.decode(known, 0, 56)).isPresent();
    assertThat(Event.decode(known, 0, 55)).isEmpty();
    assertThat(Event.decode(known, 0, 40)).isEmpty();
    byte[] type = known.clone();
    type[0] = 6;
    assertThat(Event.decode(type, 0, 56)).isEmpty();
    type[0] = (byte) 200;
    assertThat(Event.decode(type, 0, 56)).isEmpty();
    byte[] version = known.clone();
    version[1] = 2;
    assertThat(Event.decode(version, 0, 56)).isEmpty();
  }
}
