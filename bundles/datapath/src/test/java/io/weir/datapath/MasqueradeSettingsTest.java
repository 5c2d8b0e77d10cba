package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Problem;
import io.weir.api.row.Prefix;
import io.weir.datapath.MasqueradeSettings.Ports;
import java.util.List;
import org.junit.jupiter.api.Test;

class MasqueradeSettingsTest {
  @Test
  void should_read_ranges_of_ports() {
    assertThat(MasqueradeSettings.PORTS.value("20000 - 20001", "file"))
        .isEqualTo(new Ports(20_000, 20_001));
    for (String text : List.of("", "20000", "20001-20000", "80-90", "1024-65536", "a-b", "1-2-3")) {
      assertThatThrownBy(() -> MasqueradeSettings.PORTS.value(text, "etc/io.weir.cfg"))
          .hasMessage(
              "etc/io.weir.cfg: masquerade-ports: expected a range of ports from 1024 to 65535 like"
                  + " 20000-29999, got \""
                  + text
                  + '"');
    }
  }

  @Test
  void should_read_blocks_of_the_family() {
    assertThat(MasqueradeSettings.OTHERS.value("10.0.0.0/8, fd00::/8", "file"))
        .containsExactly(Prefix.parse("10.0.0.0/8"), Prefix.parse("fd00::/8"));
    assertThat(MasqueradeSettings.OTHERS.value("", "file")).isEmpty();
    assertThat(MasqueradeSettings.ROUTED4.value("10.0.0.0/8", "file")).hasSize(1);
    assertThatThrownBy(() -> MasqueradeSettings.ROUTED4.value("fd00::/8", "file"))
        .hasMessageContaining("ipv4-native-routing-cidr: expected blocks of addresses");
    assertThatThrownBy(() -> MasqueradeSettings.ROUTED6.value("10.0.0.0/8", "file"))
        .hasMessageContaining("ipv6-native-routing-cidr: expected blocks of addresses");
  }

  @Test
  void should_say_that_the_node_gives_the_ports_to_its_own_sockets() {
    Ports ports = MasqueradeSettings.PORTS.value(MasqueradeSettings.PORTS.defaultText(), "file");
    assertThat(MasqueradeSettings.overlap(ports, "32768\t60999\n")).isEmpty();
    assertThat(MasqueradeSettings.overlap(ports, "29999 60999"))
        .map(Problem::sentence)
        .contains(
            "masquerade-ports: expected ports that the node does not give to its own sockets, got"
                + " 20000-29999, of which net.ipv4.ip_local_port_range has 29999-60999; change one of"
                + " them: answers to the node's own would go to pods");
  }
}
