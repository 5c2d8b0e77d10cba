package io.weir.itests.testing.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketTest {
  private static final Party POD =
      new Party(
          "pod",
          7,
          "02:00:00:00:00:02",
          List.of(Address.parse("10.0.0.2"), Address.parse("fd00::2")));
  private static final Party OUTSIDE = Party.outside("10.0.0.1", "fd00::1");

  @Test
  void should_write_udp_over_ipv4_as_on_the_wire() {
    assertThat(hex(Packet.udp(OUTSIDE, 40000, POD, 53, false, 3)))
        .isEqualTo(
            "020000000002" // to
                + "020000000001" // from
                + "0800"
                + "4500001f00010000401166cb0a0000010a000002"
                + "9c400035000b3d57" // ports, length, checksum
                + "08090a");
  }

  @Test
  void should_write_echo_over_ipv6_as_on_the_wire() {
    assertThat(hex(Packet.echo(OUTSIDE, POD, true, true, 77)))
        .isEqualTo(
            "020000000002" // to
                + "020000000001" // from
                + "86dd"
                + "6000000000103a40"
                + "fd000000000000000000000000000001"
                + "fd000000000000000000000000000002"
                + "80008563004d0000" // type, checksum, identifier
                + "0000000000000000");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_read_what_was_written_and_see_a_byte_that_changed(boolean ipv6) {
    Packet packet = Packet.tcp(POD, 40000, OUTSIDE, 80, ipv6, Packet.ACK);
    Frame frame = Frame.of(packet.bytes());
    assertThat(frame.valid()).isTrue();
    assertThat(frame.ends())
        .isEqualTo("%s:40000 > %s:80".formatted(POD.address(ipv6), OUTSIDE.address(ipv6)));
    assertThat(frame.flags()).isEqualTo(Packet.ACK);
    assertThat(List.of(frame.sourceMac(), frame.destinationMac()))
        .containsExactly(POD.mac(), Party.HOST_MAC);
    byte[] damaged = packet.bytes();
    damaged[damaged.length - 1] ^= 1;
    assertThat(Frame.of(damaged).valid()).isFalse();
  }

  private static String hex(Packet packet) {
    return HexFormat.of().formatHex(packet.bytes());
  }
}
